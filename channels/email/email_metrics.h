// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/io/metrics.h"

namespace usher::email {

// What the mail adapter tells Prometheus. Loop thread only, but for counting.
class EmailMetrics {
 public:
  explicit EmailMetrics(io::Metrics& metrics)
      : metrics_(metrics),
        connected(metrics.AddGauge("usher_email_mailboxes_connected",
                                   "Mailboxes that are open at their servers.")),
        standing_by(metrics.AddGauge("usher_email_standing_by",
                                     "Domains whose mailboxes another process works for, while "
                                     "this one stands by.")) {}

  void CountTaken(std::string_view origin) {
    metrics_
        .AddCounter("usher_email_taken_total", "Mails taken in, by what sent them.",
                    {{"origin", std::string(origin)}})
        .Increment();
  }
  void CountSent(std::string_view result) {
    metrics_
        .AddCounter("usher_email_sent_total",
                    "Tries to send an answer, by what became of the mail.",
                    {{"result", std::string(result)}})
        .Increment();
  }
  // `spent`: whose budget of automatic answers, the sender's or the mailbox's.
  void CountNotAcknowledged(std::string_view spent) {
    metrics_
        .AddCounter("usher_email_not_acknowledged_total",
                    "Mails without an automatic answer, for no more are allowed now, by whose "
                    "budget is spent.",
                    {{"spent", std::string(spent)}})
        .Increment();
  }
  // A mailbox did not take down what became of a mail.
  void CountNotRecorded(std::string_view reason) {
    metrics_
        .AddCounter("usher_email_not_recorded_total",
                    "Mails whose fate their mailbox did not take down, by reason; what is final is "
                    "written again.",
                    {{"reason", reasons_.Of(reason)}})
        .Increment();
  }
  void CountNotKept(std::string_view reason) {
    metrics_
        .AddCounter(
            "usher_email_not_kept_total",
            "Mails that could not be handed to the router, by reason; they are tried again.",
            {{"reason", reasons_.Of(reason)}})
        .Increment();
  }

 private:
  io::Metrics& metrics_;
  io::BoundedLabel reasons_{64};

 public:
  io::Gauge& connected;
  io::Gauge& standing_by;
};

}  // namespace usher::email
