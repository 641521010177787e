/* SPDX-License-Identifier: MIT */
#include "tests/eval_case.h"

#include <check.h>
#include <string.h>

#include "datasets/coco_json.h"

void eval_case_make(struct eval_case *out, const char *annotations,
                    const char *results)
{
    struct det_message message = {.text = ""};
    *out = (struct eval_case){.results = {.count = 0}};
    det_status status = det_coco_json_parse(&out->dataset, annotations,
                                            strlen(annotations), &message);
    if (status == DET_OK)
        status = det_coco_results_parse(&out->results, results, strlen(results),
                                        &out->dataset, &message);
    if (status != DET_OK)
        ck_abort_msg("%s", message.text);
}

void eval_case_drop(struct eval_case *c)
{
    det_results_clear(&c->results);
    det_dataset_clear(&c->dataset);
}
