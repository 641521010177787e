/* SPDX-License-Identifier: MIT */
#define LANES 16

#include "compute/cpu/winograd_lanes_cpu.h"
