/*
 * why.c - what a place in a list is made of, told
 */
#include "why.h"

#include <inttypes.h>
#include <stdio.h>

#include "json.h"

static const char *name_of(const struct titles *titles, uint64_t id)
{
    const char *name, *artist, *title;

    titles_of(titles, id, &name, &artist, &title);
    return *title ? title : name;
}

static json_t *because_of(const struct why *why, const struct titles *titles)
{
    json_t *array = json_array();

    for (size_t i = 0; i < why->n; i++) {
        json_t *one = json_object();
        const char *name, *artist, *title;

        titles_of(titles, why->because[i], &name, &artist, &title);
        json_put_text(one, "item", name);
        json_put_real(one, "share", why->shares[i]);
        json_push(array, one);
    }
    return array;
}

json_t *why_json(const struct why *why, const struct titles *titles)
{
    const ltrec_explanation *e = &why->parts;
    json_t *object = json_object(), *sources = json_object();

    for (int s = 0; s < LTREC_SOURCES; s++)
        json_put_real(sources, source_names[s], e->sources[s]);
    json_put_real(sources, "discount", e->discount);
    json_put_real(sources, "boost", e->boost);
    json_put(object, "sources", sources);
    json_put_real(object, "of_plays", e->of_plays);
    json_put_real(object, "of_content", e->of_content);
    json_put(object, "because", because_of(why, titles));
    json_put_real(object, "unshared", e->unshared);
    json_put_real(object, "confidence", e->confidence);
    json_put_real(object, "certainty", e->certainty);
    json_put(object, "cold", e->cold ? json_true() : json_false());
    return object;
}

void why_print(const struct why *why, const struct titles *titles,
               const char *indent)
{
    const ltrec_explanation *e = &why->parts;
    const char *between = "";

    fputs(indent, stdout);
    for (int s = 0; s < LTREC_SOURCES; s++)
        if (e->sources[s] != 0) {
            printf("%s%s %+.2f", between, source_names[s], e->sources[s]);
            between = ", ";
        }
    if (e->discount != 0)
        printf("%sdiscount %+.2f", between, e->discount);
    if (e->boost != 0)
        printf(", boost %+.2f", e->boost);
    printf("; confidence %.2f%s", e->confidence,
           e->cold ? ", nobody has played it" : "");
    for (size_t i = 0; i < why->n; i++) {
        const char *name = name_of(titles, why->because[i]);

        printf("%s", i == 0 ? "; because of " : ", ");
        if (*name)
            printf("%s %+.2f", name, why->shares[i]);
        else
            printf("%" PRIu64 " %+.2f", why->because[i], why->shares[i]);
    }
    printf("\n");
}
