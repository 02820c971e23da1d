// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/source/csv.hpp>
#include <weir/source/files_in.hpp>
#include <weir/source/from.hpp>
#include <weir/source/generate.hpp>
#include <weir/source/glob.hpp>
#include <weir/source/lines.hpp>
#include <weir/source/new_files.hpp>
#include <weir/source/new_rows.hpp>
#include <weir/source/records.hpp>
#include <weir/source/splits.hpp>
#include <weir/source/ticks.hpp>
#include <weir/source/topic.hpp>
#include <weir/source/whole_files.hpp>
