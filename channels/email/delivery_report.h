// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "channels/email/mail_message.h"

namespace usher::email {

// Reads the content of a message/delivery-status or message/disposition-notification part into
// `report`: groups of header lines with empty lines between, the first about the message, each
// other one about a recipient. At most 500 recipients; lines that are none are passed over.
void ReadDeliveryStatus(std::string_view content, DeliveryReport& report);

// The Message-ID of header lines, without angle brackets: what a report gives back of the message
// that it is about. Empty where there is none.
std::string FindMessageId(std::string_view header_lines);

}  // namespace usher::email
