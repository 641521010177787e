/* SPDX-License-Identifier: MIT */
/* The files of eval/report/, put into the library by eval/report/embed.c. */
#ifndef EVAL_REPORT_PAGE_H
#define EVAL_REPORT_PAGE_H

/* Ended by 0. */
extern const char det_page_html_file[];
extern const char det_page_css_file[];
extern const char det_page_js_file[];

#endif
