// SPDX-License-Identifier: Apache-2.0
#include "router/context/timeline_hub.h"

namespace usher::context {

void TimelineHub::Join(const DomainId& domain, TimelineSink& sink) {
  joined_[domain].insert(&sink);
}

void TimelineHub::Leave(const DomainId& domain, TimelineSink& sink) {
  const auto found = joined_.find(domain);
  if (found == joined_.end()) return;
  found->second.erase(&sink);
  if (found->second.empty()) joined_.erase(found);
}

void TimelineHub::Subscribe(const DomainId& domain, const CustomerId& customer,
                            TimelineSink& sink) {
  sinks_[{domain, customer}].insert(&sink);
}

void TimelineHub::Unsubscribe(const DomainId& domain, const CustomerId& customer,
                              TimelineSink& sink) {
  const auto found = sinks_.find({domain, customer});
  if (found == sinks_.end()) return;
  found->second.erase(&sink);
  if (found->second.empty()) sinks_.erase(found);
}

void TimelineHub::Publish(const DomainId& domain, const CustomerId& customer) {
  const auto found = sinks_.find({domain, customer});
  if (found == sinks_.end()) return;
  for (TimelineSink* sink : found->second) sink->OnTimelineChanged(customer);
}

void TimelineHub::Cut(const DomainId& domain, const Error& why) {
  const auto found = joined_.find(domain);
  if (found == joined_.end()) return;
  for (TimelineSink* sink : found->second) sink->OnTimelinesCut(why);
}

std::size_t TimelineHub::Count(const DomainId& domain) const {
  const auto found = joined_.find(domain);
  return found == joined_.end() ? 0 : found->second.size();
}

}  // namespace usher::context
