/* SPDX-License-Identifier: MIT */
/* The public header, first and alone, as strict C99. */
#include <detect/detect.h>

int main(void)
{
    det_session_options options;
    det_session_options_init(&options);
    return det_status_name(DET_OK) == NULL;
}
