/*
 * test_npy.c - NumPy's array files, in and out
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include "../tools/npy.h"
#include "temp_file.h"

static ltrec_error err;

/* A version 1 file of this header and `n` bytes of data, read. */
static int read_with(const char *header, const void *data, size_t n,
                     struct npy *npy)
{
    unsigned char bytes[1024] = "\x93NUMPY\1";
    size_t length = strlen(header);
    struct temp_file file;
    int status;

    bytes[8] = (unsigned char)(length & 255);
    bytes[9] = (unsigned char)(length >> 8);
    memcpy(bytes + 10, header, length);
    if (n > 0)
        memcpy(bytes + 10 + length, data, n);
    file = temp_file_with(bytes, 10 + length + n);
    memset(&err, 0, sizeof err);
    status = npy_read(file.path, npy, &err);
    temp_file_remove(&file);
    return status;
}

START_TEST(arrays_survive_writing_and_reading)
{
    static const float floats[2][3] = {{1, 2, 3}, {-4, 0.5f, 1e30f}};
    static const uint64_t ids[] = {1, UINT64_MAX, 7};
    float copy[6];
    uint64_t copied[3];
    struct npy out = {NPY_FLOAT32, 2, 2, 3, copy};
    struct npy vector = {NPY_UINT64, 1, 3, 1, copied};
    struct temp_file file = temp_file_of("old");
    struct npy in;

    memcpy(copy, floats, sizeof copy);
    memcpy(copied, ids, sizeof copied);
    ck_assert_int_eq(npy_write(file.path, &out, &err), LTREC_OK);
    ck_assert_int_eq(npy_read(file.path, &in, &err), LTREC_OK);
    ck_assert(in.type == NPY_FLOAT32 && in.n_dims == 2);
    ck_assert(in.rows == 2 && in.columns == 3);
    ck_assert_mem_eq(in.data, floats, sizeof floats);
    npy_free(&in);

    ck_assert_int_eq(npy_write(file.path, &vector, &err), LTREC_OK);
    ck_assert_int_eq(npy_read(file.path, &in, &err), LTREC_OK);
    ck_assert(in.type == NPY_UINT64 && in.n_dims == 1 && in.rows == 3);
    ck_assert_mem_eq(in.data, ids, sizeof ids);
    npy_free(&in);
    temp_file_remove(&file);
}
END_TEST

START_TEST(headers_are_read_in_any_order_and_spacing)
{
    static const char *const headers[] = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }\n",
        "{\"shape\":(1,2),\"descr\":\"<f4\",\"fortran_order\":False}",
        ("  { 'fortran_order' : False , 'shape' : ( 1 , 2 , ) , "
         "'descr' : '<f4' }  \n"),
    };
    static const float data[] = {3, 4};
    struct npy npy;

    for (size_t i = 0; i < 3; i++) {
        ck_assert_msg(read_with(headers[i], data, 8, &npy) == LTREC_OK, "%s",
                      err.message);
        ck_assert(npy.rows == 1 && npy.columns == 2);
        npy_free(&npy);
    }
}
END_TEST

START_TEST(an_array_without_rows_is_an_array)
{
    struct npy npy;

    ck_assert_int_eq(read_with("{'descr': '<f4', 'fortran_order': False, "
                               "'shape': (0, 128), }",
                               NULL, 0, &npy),
                     LTREC_OK);
    ck_assert(npy.rows == 0 && npy.columns == 128);
    npy_free(&npy);
}
END_TEST

START_TEST(broken_headers_are_refused)
{
    static const struct {
        const char *header, *message;
    } broken[] = {
        {"", "not a NumPy header"},
        {"{}", "not a NumPy header"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)",
         "not a NumPy header"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)} x",
         "not a NumPy header"},
        {"{'descr': '<f4', 'fortran_order': False}", "not a NumPy header"},
        {"{'descr': '>f4', 'fortran_order': False, 'shape': (1, 2)}",
         "element type"},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (1, 2)}",
         "element type"},
        {"{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2)}",
         "Fortran order"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3)}",
         "one or two dimensions"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': ()}",
         "one or two dimensions"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 2)}",
         "one or two dimensions"},
        {"{'descr': '<f4', 'descr': '<f4', 'shape': (1, 2)}",
         "unknown or repeated key 'descr'"},
        {"{'descr': '<f4', 'more': 1, 'shape': (1, 2)}",
         "unknown or repeated key 'more'"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3)}",
         "1 x 3 elements of 4 bytes are stated, 8 bytes follow"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': "
         "(4611686018427387904, 4)}",
         "are stated, 8 bytes follow"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': "
         "(99999999999999999999, 4)}",
         "one or two dimensions"},
    };
    static const float data[] = {3, 4};
    struct npy npy;

    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        ck_assert_int_eq(read_with(broken[i].header, data, 8, &npy),
                         LTREC_ERR_FORMAT);
        ck_assert_msg(strstr(err.message, broken[i].message) != NULL,
                      "%zu: %s", i, err.message);
        ck_assert_ptr_null(npy.data);
    }
}
END_TEST

START_TEST(other_files_are_refused)
{
    static const struct {
        const char *bytes;
        size_t n;
        int status;
    } other[] = {
        {"", 0, LTREC_ERR_FORMAT},
        {"\x93NUMPY", 6, LTREC_ERR_FORMAT},
        {"PK\3\4 an archive of arrays", 24, LTREC_ERR_FORMAT},
        {"\x93NUMPY\1\0\xff\xff{}", 12, LTREC_ERR_FORMAT},
        {"\x93NUMPY\2\0\xff\xff\xff\xff{}", 14, LTREC_ERR_FORMAT},
        {"\x93NUMPY\11\0\2\0{}", 12, LTREC_ERR_UNSUPPORTED},
    };
    struct npy npy;

    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        struct temp_file file = temp_file_with(other[i].bytes, other[i].n);

        ck_assert_int_eq(npy_read(file.path, &npy, &err), other[i].status);
        temp_file_remove(&file);
    }
    ck_assert_int_eq(npy_read("/dev/zero", &npy, &err), LTREC_ERR_IO);
    ck_assert_int_eq(npy_read("/nowhere", &npy, &err), LTREC_ERR_IO);
}
END_TEST

START_TEST(doubles_are_read_as_floats_and_must_be_finite)
{
    double numbers[] = {1, 2, 3, 1e39};
    struct npy out = {NPY_FLOAT64, 2, 2, 2, numbers};
    struct temp_file file = temp_file_of("");
    size_t rows, columns;
    float *data;

    ck_assert_int_eq(npy_write(file.path, &out, &err), LTREC_OK);
    ck_assert_int_eq(npy_read_floats(file.path, &rows, &columns, &data, &err),
                     LTREC_ERR_FORMAT);
    ck_assert_ptr_nonnull(
        strstr(err.message, "row 1, column 1 is not a finite float"));
    numbers[3] = 4;
    ck_assert_int_eq(npy_write(file.path, &out, &err), LTREC_OK);
    ck_assert_int_eq(npy_read_floats(file.path, &rows, &columns, &data, &err),
                     LTREC_OK);
    ck_assert(rows == 2 && columns == 2 && data[3] == 4.0f);
    free(data);
    temp_file_remove(&file);
}
END_TEST

START_TEST(a_write_that_fails_leaves_the_old_file)
{
    float value = 1;
    struct npy out = {NPY_FLOAT32, 1, 1, 1, &value};

    ck_assert_int_eq(npy_write("/dev/full", &out, &err), LTREC_ERR_IO);
    ck_assert_int_eq(npy_write("/nowhere/x.npy", &out, &err), LTREC_ERR_IO);
    ck_assert_ptr_nonnull(strstr(err.message, "/nowhere/x.npy"));
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, arrays_survive_writing_and_reading);
    tcase_add_test(tests, headers_are_read_in_any_order_and_spacing);
    tcase_add_test(tests, an_array_without_rows_is_an_array);
    tcase_add_test(tests, broken_headers_are_refused);
    tcase_add_test(tests, other_files_are_refused);
    tcase_add_test(tests, doubles_are_read_as_floats_and_must_be_finite);
    tcase_add_test(tests, a_write_that_fails_leaves_the_old_file);
}

int main(void)
{
    return check_run("npy", add_tests);
}
