#!/bin/sh
#
# check_nulls.sh - no public function minds being handed nothing but NULL
#
# Usage: check_nulls.sh LIBRARY, with $CFLAGS
#
# Each is called with NULL for every pointer, and 0 for every number and then
# 1: a status has to be LTREC_ERR_ARGUMENT, and an answer 0 or NULL.

cd "$(dirname "$0")/.." || exit 2
case "$CFLAGS" in
*-fsanitize*)
    echo "skipped: functions called with NULL (sanitizers)"
    exit 0
    ;;
esac

python3 - "$(realpath "$1")" << 'END'
import ctypes, glob, os, re, sys

# About nothing, or fine with NULL where others want an object.
NO_OBJECT = {'ltrec_version', 'ltrec_version_number', 'ltrec_status_name',
             'ltrec_context_kernels', 'ltrec_describe_count',
             'ltrec_describe_name', 'ltrec_describe_unit',
             'ltrec_describe_version', 'ltrec_similarity',
             'ltrec_index_contains'}
# Arrays of a length that is said beside them, and no status to answer.
NO_STATUS = {'ltrec_ranking_recall', 'ltrec_ranking_ndcg',
             'ltrec_ranking_average_precision'}
RESULTS = {'int': ctypes.c_int, 'float': ctypes.c_float, 'void': None,
           'double': ctypes.c_double}

library = ctypes.CDLL(sys.argv[1])
text = ''.join(open(h).read() for h in sorted(glob.glob('include/ltrec/*.h')))
text = re.sub(r'/\*.*?\*/', '', text, flags=re.S)


def call(name, result, parameters, number):
    function = getattr(library, name)
    function.restype = RESULTS.get(result, ctypes.c_uint64)
    values = []
    for parameter in parameters:
        if re.search(r'[*[]|ltrec_(progress|epoch)', parameter):
            values.append(ctypes.c_void_p(None))
        elif parameter.startswith(('float', 'double')):
            values.append(RESULTS[parameter.split()[0]](number))
        elif parameter != 'void':
            values.append(ctypes.c_uint64(number))
    answer = function(*values)
    if result == 'int':
        return answer == -1 or name in NO_OBJECT
    return not answer or name in NO_OBJECT


failed = n = 0
for result, name, parameters in re.findall(
        r'LTREC_API\s+([^;]*?)(ltrec_\w+)\(([^;]*)\);', text):
    parameters = [' '.join(p.split()) for p in parameters.split(',')]
    n += 1
    for number in (0, 1):
        if number == 1 and name in NO_STATUS:
            continue
        child = os.fork()
        if child == 0:
            good = call(name, ' '.join(result.split()), parameters, number)
            os._exit(0 if good else 1)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status != 0:
            failed += 1
            print('%s(%s) of NULLs and %d: %s' % (
                name, ', '.join(parameters), number,
                'another answer' if status == 1 else
                'ends by signal %d' % -status))
sys.exit(failed > 0 or n < 150)
END
