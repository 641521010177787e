/* SPDX-License-Identifier: MIT */
// The public header, first and alone, as C++.
#include <detect/detect.h>

int main()
{
    det_session_options options;
    det_session_options_init(&options);
    const det_detection none = {0, 0, 0, 0, 0, 0, nullptr};
    return none.mask == nullptr ? det_status_name(DET_OK) == nullptr : 1;
}
