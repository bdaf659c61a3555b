// SPDX-License-Identifier: Apache-2.0
#include "router/service/customer_access.h"

#include <set>

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "usher/context/v1/case_service.pb.h"
#include "usher/context/v1/context_service.pb.h"
#include "usher/context/v1/privacy_service.pb.h"

namespace usher::service {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;

std::vector<const MethodDescriptor*> Methods() {
  std::vector<const MethodDescriptor*> methods;
  for (const auto* file : {context::v1::GetCustomerRequest::descriptor()->file(),
                           context::v1::GetCaseRequest::descriptor()->file(),
                           context::v1::ListReadsRequest::descriptor()->file()}) {
    for (int i = 0; i < file->service(0)->method_count(); ++i) {
      methods.push_back(file->service(0)->method(i));
    }
  }
  return methods;
}

std::string NameOf(const MethodDescriptor& method) {
  return method.service()->name() + '/' + method.name();
}

bool HasText(const google::protobuf::Descriptor& message, const char* field) {
  const FieldDescriptor* found = message.FindFieldByName(field);
  return found != nullptr && found->type() == FieldDescriptor::TYPE_STRING && !found->is_repeated();
}

TEST(CustomerAccessTest, EveryMethodSaysWhomItTouches) {
  for (const MethodDescriptor* method : Methods()) {
    EXPECT_NE(FindAccessRule(NameOf(*method)), nullptr) << NameOf(*method);
  }
}

// A request that names a customer, a contact or a case is checked by just that. The exceptions are
// for those who may see all by their role.
TEST(CustomerAccessTest, WhatARequestNamesIsWhatIsChecked) {
  const std::set<std::string> by_role = {"ContextService/MergeCustomers",
                                         "ContextService/UndoMerge"};
  for (const MethodDescriptor* method : Methods()) {
    if (method->client_streaming() || by_role.contains(NameOf(*method))) continue;
    const AccessRule* rule = FindAccessRule(NameOf(*method));
    ASSERT_NE(rule, nullptr);
    const auto& request = *method->input_type();
    Touches expected = Touches::kNothing;
    if (HasText(request, "contact_id")) expected = Touches::kContact;
    if (HasText(request, "case_id")) expected = Touches::kCase;
    if (HasText(request, "customer_id")) expected = Touches::kCustomer;
    if (NameOf(*method) == "CaseService/ListCases") expected = Touches::kCases;
    if (NameOf(*method) == "ContextService/AppendMessages") expected = Touches::kMessages;
    if (NameOf(*method) == "ContextService/SaveDraft") expected = Touches::kContact;
    EXPECT_EQ(static_cast<int>(rule->touches), static_cast<int>(expected)) << NameOf(*method);
  }
}

TEST(CustomerAccessTest, OnlyWhatTellsNothingOfACustomerIsNotARead) {
  const std::set<std::string> silent = {"ContextService/AddNote", "ContextService/AppendMessages",
                                        "ContextService/SaveDraft", "CaseService/OpenCase",
                                        "PrivacyService/EraseCustomer"};
  for (const MethodDescriptor* method : Methods()) {
    const AccessRule* rule = FindAccessRule(NameOf(*method));
    ASSERT_NE(rule, nullptr);
    if (rule->touches == Touches::kNothing) continue;
    EXPECT_EQ(rule->reads, !silent.contains(NameOf(*method))) << NameOf(*method);
  }
}

}  // namespace
}  // namespace usher::service
