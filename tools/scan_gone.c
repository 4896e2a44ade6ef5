/*
 * scan_gone.c - what a scan has not come to, and whether it is gone
 */
#include <stdlib.h>
#include <string.h>

#include "scan_rows_parts.h"

/* Run `text` with ?1 a folder and ?2 what paths in it begin with; 1 when that
 * gave a row, whose first column is *number. */
static int run_under(struct scan_rows *rows, const char *text,
                     const char *folder, int64_t *number, ltrec_error *err)
{
    sqlite3_stmt *statement;
    size_t n = strlen(folder);
    char *prefix = tool_alloc(n + 2, 1);
    int status = sql_prepare(rows->sql, text, &statement, err);

    memcpy(prefix, folder, n);
    if (n == 0 || folder[n - 1] != '/')
        prefix[n] = '/';
    if (status == LTREC_OK) {
        sql_bind_bytes(statement, 1, folder, n);
        sql_bind_bytes(statement, 2, prefix, strlen(prefix));
        status = sql_step(rows->sql, statement, err);
        if (status == 1)
            *number = sqlite3_column_int64(statement, 0);
        sqlite3_finalize(statement);
    }
    free(prefix);
    return status < 0 ? status : LTREC_OK;
}

#define IS_UNDER "(path = ?1 OR substr(path, 1, length(?2)) = ?2)"

int scan_rows_remove(struct scan_rows *rows, const char *root,
                     const struct walk *walk, int64_t *n, ltrec_error *err)
{
    int status = scan_rows_begin(rows, err);

    for (size_t i = 0; i < walk->n_closed && status == LTREC_OK; i++)
        status = run_under(rows,
                           "INSERT OR IGNORE INTO temp.seen "
                           "SELECT id FROM tracks WHERE " IS_UNDER,
                           walk->closed[i], NULL, err);
    if (status == LTREC_OK)
        status = run_under(rows,
                           "DELETE FROM tracks WHERE " IS_UNDER
                           " AND id NOT IN (SELECT id FROM temp.seen)",
                           root, NULL, err);
    *n = sql_changes(rows->sql);
    if (status == LTREC_OK && *n > 0)
        status = catalog_set_fact(rows->catalog, "factors_stale", 1, err);
    return status == LTREC_OK ? scan_rows_commit(rows, err) : status;
}

int scan_rows_count(struct scan_rows *rows, const char *root, int64_t *all,
                    int64_t *seen, ltrec_error *err)
{
    int status;

    *all = *seen = 0;
    status = run_under(rows, "SELECT count(*) FROM tracks WHERE " IS_UNDER,
                       root, all, err);
    if (status == LTREC_OK)
        status = run_under(rows,
                           "SELECT count(*) FROM tracks WHERE " IS_UNDER
                           " AND id IN (SELECT id FROM temp.seen)",
                           root, seen, err);
    return status;
}

int scan_rows_failed(struct scan_rows *rows, int64_t *n, ltrec_error *err)
{
    return catalog_count(rows->catalog,
                         "WHERE status IN ('failed', 'unreadable') AND id IN "
                         "(SELECT id FROM temp.seen)",
                         n, err);
}
