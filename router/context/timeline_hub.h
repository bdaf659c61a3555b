// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <utility>

#include "base/id.h"
#include "base/result.h"

namespace usher::context {

// A stream that follows customers.
class TimelineSink {
 public:
  virtual ~TimelineSink() = default;
  // There is something new in the customer's timeline or record, or there may be: the sink reads on
  // from where it is.
  virtual void OnTimelineChanged(const CustomerId& customer) = 0;
  // The domain's customers are told of elsewhere from now on, for another router leads it.
  virtual void OnTimelinesCut(const Error& why) = 0;
};

// Tells those who follow a customer that there is something new. It carries nothing of what is new:
// who follows reads it from the store, behind the entry that it was told last. So the order is the
// store's, nothing is told twice, and what was written with an answer that got lost is told too.
//
// TimelineStore tells by itself of every entry. Whoever changes a record, or anything else that
// Customer shows, calls Publish() when the store has answered, well or not. One router leads a
// domain and writes its context, so every change passes here. Loop thread only; sinks must not come
// or go from within a call.
class TimelineHub {
 public:
  // Hears of a cut, whatever it follows; until it leaves.
  void Join(const DomainId& domain, TimelineSink& sink);
  void Leave(const DomainId& domain, TimelineSink& sink);
  void Subscribe(const DomainId& domain, const CustomerId& customer, TimelineSink& sink);
  void Unsubscribe(const DomainId& domain, const CustomerId& customer, TimelineSink& sink);
  void Publish(const DomainId& domain, const CustomerId& customer);
  void Cut(const DomainId& domain, const Error& why);
  // How many streams follow customers of the domain.
  std::size_t Count(const DomainId& domain) const;

 private:
  std::map<DomainId, std::set<TimelineSink*>> joined_;
  std::map<std::pair<DomainId, CustomerId>, std::set<TimelineSink*>> sinks_;
};

}  // namespace usher::context
