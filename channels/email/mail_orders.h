// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "channels/email/mail_desk.h"
#include "usher/routing/v1/call.pb.h"

namespace usher::email {

// Conversations that agents begin: a contact comes into being that is the agent's, and what she
// says in it is mailed from the queue's mailbox, as in any other. Loop thread only.
class MailOrders {
 public:
  explicit MailOrders(MailDesk& desk) : desk_(desk) {}

  // Answered on the routing stream: INVALID_ARGUMENT/MAIL_ADDRESS_INVALID,
  // FAILED_PRECONDITION/NO_MAILBOX, and what the router says to the submit and the pull.
  void OnOrder(const routing::v1::CallOrder& order);

 private:
  struct Order;
  using OrderPtr = std::shared_ptr<Order>;

  void Submit(const OrderPtr& order);
  void Open(const OrderPtr& order);
  void Pull(const OrderPtr& order);
  void Accept(const OrderPtr& order);
  void Answer(const Order& order, const Result<void>& done);
  MailInbox* FindInbox(const std::string& queue);

  MailDesk& desk_;
};

}  // namespace usher::email
