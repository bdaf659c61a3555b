// SPDX-License-Identifier: Apache-2.0
#include "router/context/calling_code.h"

#include <phonenumbers/phonenumberutil.h>

namespace usher::context {

std::string CallingCode(const std::string& country) {
  if (country.empty()) return {};
  const int code =
      i18n::phonenumbers::PhoneNumberUtil::GetInstance()->GetCountryCodeForRegion(country);
  return code == 0 ? std::string() : std::to_string(code);
}

}  // namespace usher::context
