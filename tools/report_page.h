/*
 * report_page.h - the lines of report_page.html, which the Makefile compiles
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

/* NULL ends them. */
extern const char *const report_page[];

#endif /* REPORT_PAGE_H */
