// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "channels/asterisk/asterisk_config.h"
#include "channels/asterisk/asterisk_server.h"
#include "channels/phone/phone_adapter.h"

namespace usher::asterisk {

// Calls that Asterisk's dialplan gives to the Stasis application.
using AsteriskAdapter = phone::PhoneAdapter<AsteriskConfig, AsteriskServer>;

}  // namespace usher::asterisk
