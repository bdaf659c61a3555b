// SPDX-License-Identifier: Apache-2.0
#include "channels/cloudevents/cloud_event.h"

#include <gtest/gtest.h>

namespace usher::cloudevents {
namespace {

io::HttpRequest Structured(std::string body) {
  io::HttpRequest request;
  request.headers = {{"content-type", "application/cloudevents+json; charset=utf-8"}};
  request.body = std::move(body);
  return request;
}

TEST(CloudEventTest, WhatIsWrittenIsReadAgain) {
  CloudEvent event;
  event.id = "e1";
  event.type = "call.bridge";
  event.subject = "call-7";
  event.time.emplace().set_seconds(1'800'000'000);
  (*event.data.mutable_fields())["agent"].set_string_value("ann \"the\" agent\n");
  const auto read = ReadCloudEvents(Structured(WriteCloudEvent(event, "usher")));
  ASSERT_TRUE(read.ok()) << read.error().message;
  ASSERT_EQ(read->size(), 1U);
  EXPECT_EQ((*read)[0].id, "e1");
  EXPECT_EQ((*read)[0].type, "call.bridge");
  EXPECT_EQ((*read)[0].subject, "call-7");
  EXPECT_EQ((*read)[0].time->seconds(), 1'800'000'000);
  EXPECT_EQ((*read)[0].Text("agent"), "ann \"the\" agent\n");
  EXPECT_EQ((*read)[0].Text("nothing"), "");
}

TEST(CloudEventTest, AnEventHasAnIdAndATypeAndAnObject) {
  const auto reason = [](const std::string& body) {
    const auto read = ReadCloudEvents(Structured(body));
    return read.ok() ? "ok" : read.error().message;
  };
  EXPECT_EQ(reason(R"({"specversion":"1.0","id":"1","type":"t"})"), "ok");
  EXPECT_EQ(reason(R"({"specversion":"1.0","type":"t"})"), "id is missing");
  EXPECT_EQ(reason(R"({"specversion":"1.0","id":"1"})"), "type is missing");
  EXPECT_EQ(reason(R"({"specversion":"1.0","id":"1","type":"t","data":7})"),
            "data is not an object");
  EXPECT_EQ(reason(R"({"specversion":"0.3","id":"1","type":"t"})"), "specversion is not \"1.0\"");
}

}  // namespace
}  // namespace usher::cloudevents
