/* SPDX-License-Identifier: MIT */
#include "compute/cpu/winograd_lanes_cpu.h"
