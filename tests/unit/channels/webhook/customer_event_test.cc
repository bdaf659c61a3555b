// SPDX-License-Identifier: Apache-2.0
#include "channels/webhook/customer_event.h"

#include <gtest/gtest.h>

#include "channels/cloudevents/cloud_event.h"

namespace usher::webhook {
namespace {

io::HttpRequest Post(std::string type, std::string body) {
  io::HttpRequest request;
  request.headers = {{"content-type", std::move(type)}};
  request.body = std::move(body);
  return request;
}

constexpr char kOrder[] = R"({"specversion": "1.0", "id": "e-1", "source": "/orders",
  "type": "order.delivered", "subject": "phone:+8613800138000", "time": "2026-11-22T08:00:00Z",
  "data": {"summary": "Order 4711 was delivered", "reference": "4711",
           "url": "https://shop.example/orders/4711", "parcels": 2, "weight": 1.5, "gift": true,
           "left_with": null, "address": {"city": "Wuhan"}}})";

TEST(CustomerEventTest, AStructuredEventSaysItAll) {
  const auto events =
      ReadCustomerEvents(Post("application/cloudevents+json; charset=utf-8", kOrder), "shop");
  ASSERT_TRUE(events.ok()) << events.error().message;
  ASSERT_EQ(events->size(), 1u);
  const context::v1::CustomerEvent& one = events->front();
  EXPECT_EQ(one.identity().kind(), "phone");
  EXPECT_EQ(one.identity().value(), "+8613800138000");
  const context::v1::OutsideEvent& event = one.event();
  EXPECT_EQ(event.source(), "shop");  // never what the sender calls itself
  EXPECT_EQ(event.event_id(), "e-1");
  EXPECT_EQ(event.type(), "order.delivered");
  EXPECT_EQ(event.summary(), "Order 4711 was delivered");
  EXPECT_EQ(event.reference(), "4711");
  EXPECT_EQ(event.url(), "https://shop.example/orders/4711");
  EXPECT_EQ(event.occurred_at().seconds(), 1'795'334'400);
  EXPECT_EQ(event.data().at("parcels"), "2");
  EXPECT_EQ(event.data().at("weight"), "1.5");
  EXPECT_EQ(event.data().at("gift"), "true");
  EXPECT_EQ(event.data().at("address"), R"({"city":"Wuhan"})");
  EXPECT_FALSE(event.data().contains("left_with"));
}

TEST(CustomerEventTest, ABatchKeepsItsOrder) {
  const auto events = ReadCustomerEvents(
      Post("application/cloudevents-batch+json",
           R"([{"specversion":"1.0","id":"1","type":"a","subject":"customer:cu_1"},
               {"specversion":"1.0","id":"2","type":"b","subject":"email:mei@example.com"}])"),
      "crm");
  ASSERT_TRUE(events.ok()) << events.error().message;
  ASSERT_EQ(events->size(), 2u);
  EXPECT_EQ(events->at(0).customer_id(), "cu_1");
  EXPECT_FALSE(events->at(0).has_identity());
  EXPECT_EQ(events->at(1).identity().value(), "mei@example.com");
  EXPECT_EQ(events->at(1).event().summary(), "b");  // something to read, where nothing is said
}

TEST(CustomerEventTest, ABinaryEventHasItsAttributesInHeaders) {
  io::HttpRequest request = Post("application/json", R"({"summary": "A bill"})");
  for (const auto& [name, value] : {std::pair{"ce-specversion", "1.0"},
                                    {"ce-id", "b-1"},
                                    {"ce-type", "bill"},
                                    {"ce-subject", "email:m%C3%BC@example.com"}}) {
    request.headers.emplace_back(name, value);
  }
  const auto events = ReadCustomerEvents(request, "billing");
  ASSERT_TRUE(events.ok()) << events.error().message;
  EXPECT_EQ(events->front().identity().value(), "m\xC3\xBC@example.com");
  EXPECT_EQ(events->front().event().summary(), "A bill");
}

TEST(CustomerEventTest, WhatIsWrongIsNamed) {
  const auto refusal = [](const char* type, const std::string& body) {
    const auto events = ReadCustomerEvents(Post(type, body), "shop");
    return events.ok() ? std::string() : events.error().reason;
  };
  const char* structured = "application/cloudevents+json";
  const std::string order = kOrder;
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = order;
    text.replace(text.find(from), from.size(), to);
    return refusal(structured, text);
  };
  EXPECT_EQ(refusal(structured, "{"), "BAD_CLOUD_EVENT");
  EXPECT_EQ(refusal(structured, "[]"), "BAD_CLOUD_EVENT");
  EXPECT_EQ(refusal("application/cloudevents-batch+json", "[]"), "BAD_CLOUD_EVENT");
  EXPECT_EQ(refusal("application/cloudevents-batch+json", "[1]"), "BAD_CLOUD_EVENT");
  EXPECT_EQ(refusal("text/plain", order), "BAD_CONTENT_TYPE");
  EXPECT_EQ(refusal("application/json", order), "BAD_CONTENT_TYPE");
  EXPECT_EQ(with("\"1.0\"", "\"0.3\""), "BAD_CLOUD_EVENT");
  EXPECT_EQ(with("\"e-1\"", "\"\""), "BAD_CLOUD_EVENT");
  EXPECT_EQ(with("phone:", ":"), "BAD_CLOUD_EVENT");
  EXPECT_EQ(with("phone:+8613800138000", "somebody"), "BAD_CLOUD_EVENT");
  EXPECT_EQ(with("2026-11-22T08:00:00Z", "yesterday"), "BAD_CLOUD_EVENT");
  EXPECT_EQ(refusal(structured, R"({"specversion":"1.0","id":"1","type":"a","subject":"a:b",
                                     "data":"text"})"),
            "BAD_CLOUD_EVENT");
}

TEST(CustomerEventTest, ABatchHasABound) {
  std::string body = "[";
  for (int i = 0; i <= cloudevents::kEventsMax; ++i) {
    body += std::string(i == 0 ? "" : ",") +
            R"({"specversion":"1.0","id":"1","type":"a","subject":"a:b"})";
  }
  const auto events =
      ReadCustomerEvents(Post("application/cloudevents-batch+json", body + "]"), "shop");
  ASSERT_FALSE(events.ok());
  EXPECT_EQ(events.error().reason, "TOO_MANY_EVENTS");
}

}  // namespace
}  // namespace usher::webhook
