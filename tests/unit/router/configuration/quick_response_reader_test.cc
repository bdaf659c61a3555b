// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/quick_response_reader.h"

#include <string>

#include <gtest/gtest.h>

#include "router/configuration/domain_diff.h"
#include "router/configuration/domain_reader.h"

namespace usher::configuration {
namespace {

DomainReading Read(const std::string& responses) {
  return ReadDomain("domain: acme\nqueues: {support: , billing: }\nquick_responses:\n" + responses,
                    "f");
}

// The only complaint about it.
std::string Complaint(const std::string& response) {
  const DomainReading reading = Read("  hello: " + response + "\n");
  if (reading.ok()) return "ok";
  EXPECT_EQ(reading.diagnostics.size(), 1U) << response;
  return reading.diagnostics.front().message;
}

TEST(QuickResponseReaderTest, ReadsThemInTheOrderOfTheFile) {
  const DomainReading reading = Read(
      "  hello: {name: Greeting, queues: support, channels: [chat], language: en,"
      " text: \"Hello {{customer.name}}, I am {{agent.name}}.\"}\n"
      "  bye:\n    text: |\n      Good bye,\n      and thanks.\n");
  ASSERT_TRUE(reading.ok());
  const auto& responses = reading.domain->quick_responses;
  ASSERT_EQ(responses.size(), 2U);
  EXPECT_EQ(responses[0].id, "hello");
  EXPECT_EQ(responses[0].name, "Greeting");
  EXPECT_EQ(responses[0].queues, (std::vector<QueueId>{QueueId{"support"}}));
  EXPECT_TRUE(responses[0].channels.Has(engine::Channel::kChat));
  EXPECT_FALSE(responses[0].channels.Has(engine::Channel::kEmail));
  EXPECT_EQ(responses[0].language, "en");
  EXPECT_EQ(responses[1].text, "Good bye,\nand thanks.\n");
  EXPECT_EQ(responses[1].channels, engine::ChannelSet::All());
}

TEST(QuickResponseReaderTest, WhatIsWrongIsNamed) {
  EXPECT_EQ(Complaint("{text: hi}"), "ok");
  EXPECT_EQ(Complaint("{name: x}"), "quick response hello: says no text");
  EXPECT_EQ(Complaint("{text: \"\"}"), "quick response hello: says no text");
  EXPECT_EQ(Complaint("{text: hi, queues: [suport]}"),
            "quick response hello: queues: no queue \"suport\"; did you mean \"support\"?");
  EXPECT_EQ(Complaint("{text: hi, channel: [chat]}"),
            "quick response hello: unknown key \"channel\"; did you mean \"channels\"?");
  EXPECT_EQ(Complaint("{text: \"Hi {{customer.nam}}\"}"),
            "quick response hello: text: nobody fills in {{customer.nam}}; use {{customer.name}}, "
            "{{agent.name}} or {{contact.id}}");
  EXPECT_NE(Complaint("{text: \"Hi {{\"}"), "ok");
  EXPECT_NE(Complaint("{text: hi, language: \"d e\"}"), "ok");
  EXPECT_EQ(Complaint("{text: " + std::string(4096, 'x') + "}"), "ok");
  EXPECT_NE(Complaint("{text: " + std::string(4097, 'x') + "}"), "ok");
  EXPECT_FALSE(Read("  Hello: {text: hi}\n").ok());
}

TEST(QuickResponseReaderTest, ThereAreTwoHundredAtMost) {
  std::string responses;
  for (int i = 0; i < 200; ++i) responses += "  r" + std::to_string(i) + ": {text: hi}\n";
  EXPECT_TRUE(Read(responses).ok());
  EXPECT_FALSE(Read(responses + "  more: {text: hi}\n").ok());
}

TEST(QuickResponseReaderTest, AChangeIsSaid) {
  const auto before = Read("  hello: {text: hi}\n");
  const auto after = Read("  hello: {text: hello}\n  bye: {text: bye}\n");
  EXPECT_EQ(DiffDomains(*before.domain, *after.domain),
            (std::vector<std::string>{"quick response hello: text hi -> hello",
                                      "quick response bye added"}));
}

}  // namespace
}  // namespace usher::configuration
