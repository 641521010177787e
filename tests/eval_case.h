/* SPDX-License-Identifier: MIT */
/* A small data set and its results, written in a line or two. */
#ifndef TESTS_EVAL_CASE_H
#define TESTS_EVAL_CASE_H

#include "datasets/coco_results.h"

struct eval_case {
    struct det_dataset dataset;
    struct det_results results;
};

/* Parse, or end the test. */
void eval_case_make(struct eval_case *out, const char *annotations,
                    const char *results);
void eval_case_drop(struct eval_case *c);

/* A data set of two images (7 and 3) and classes "a" (1) and "b" (2). */
#define EVAL_SET(annotations)                                                  \
    "{\"images\":[{\"id\":7,\"width\":200,\"height\":100},"                    \
    "{\"id\":3,\"width\":200,\"height\":100}],"                                \
    "\"categories\":[{\"id\":1,\"name\":\"a\"},"                               \
    "{\"id\":2,\"name\":\"b\"}],\"annotations\":[" annotations "]}"
/* A box of 40 x 40 pixels in row 0. */
#define EVAL_TRUTH(id, image, class, x, crowd)                                 \
    "{\"id\":" #id ",\"image_id\":" #image                                     \
    ",\"category_id\":" #class ",\"area\":1600,\"iscrowd\":" #crowd            \
                               ",\"bbox\":[" #x ",0,40,40]}"
#define EVAL_FOUND(image, class, x, score)                                     \
    "{\"image_id\":" #image ",\"category_id\":" #class ",\"score\":" #score    \
                                                       ",\"bbox\":[" #x        \
                                                       ",0,40,40]}"

#endif
