// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>

#include "usher/type/v1/page.pb.h"

namespace usher::service {

inline constexpr std::size_t kPageDefault = 50;
inline constexpr std::size_t kPageMax = 500;

inline std::size_t PageSize(const type::v1::PageRequest& page) {
  if (page.page_size() == 0) return kPageDefault;
  return std::min<std::size_t>(page.page_size(), kPageMax);
}

}  // namespace usher::service
