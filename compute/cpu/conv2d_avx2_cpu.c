/* SPDX-License-Identifier: MIT */
#include "compute/cpu/conv2d_tiles_cpu.h"
