// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "channels/freeswitch/freeswitch_config.h"
#include "channels/freeswitch/freeswitch_server.h"
#include "channels/phone/phone_adapter.h"

namespace usher::freeswitch {

// Calls that FreeSWITCH's dialplan parks for us.
using FreeswitchAdapter = phone::PhoneAdapter<FreeswitchConfig, FreeswitchServer>;

}  // namespace usher::freeswitch
