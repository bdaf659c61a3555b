// SPDX-License-Identifier: Apache-2.0
#include "router/audit/report.h"

#include <array>
#include <sstream>

#include "base/io/json_text.h"

namespace usher::audit {

namespace {

struct Named {
  const char* words;
  const char* name;
  std::uint64_t Counts::* count;
};

constexpr std::array kCounts = {
    Named{"commits", "commits", &Counts::commits},
    Named{"events folded", "events", &Counts::events},
    Named{"checkpoints", "checkpoints", &Counts::checkpoints},
    Named{"open contacts", "open_contacts", &Counts::open_contacts},
    Named{"closed contacts", "closed_contacts", &Counts::closed_contacts},
    Named{"agents", "agents", &Counts::agents},
    Named{"queues", "queues", &Counts::queues},
    Named{"places in queues", "members", &Counts::members},
    Named{"parked records", "parked", &Counts::parked},
    Named{"customers", "customers", &Counts::customers},
    Named{"addresses", "addresses", &Counts::addresses},
    Named{"timeline entries", "timeline_entries", &Counts::timeline_entries},
    Named{"entries compared with events", "compared_entries", &Counts::compared_entries},
    Named{"conversations", "conversations", &Counts::conversations},
    Named{"messages", "messages", &Counts::messages},
    Named{"cases", "cases", &Counts::cases},
};

void AppendField(std::string& out, const char* name, const std::string& text) {
  out += '"';
  out += name;
  out += "\":";
  io::AppendJsonString(out, text);
}

void AppendJson(const DomainReport& report, std::string& out) {
  out += '{';
  AppendField(out, "domain", report.domain.value());
  out += ",\"clean\":";
  out += report.is_clean() ? "true" : "false";
  out += ",\"first_commit\":" + std::to_string(report.first_seq);
  out += ",\"last_commit\":" + std::to_string(report.last_seq);
  out += ",\"counts\":{";
  for (const Named& one : kCounts) {
    if (&one != kCounts.data()) out += ',';
    out += '"' + std::string(one.name) + "\":" + std::to_string(report.counts.*one.count);
  }
  out += "},\"found\":" + std::to_string(report.found) + ",\"findings\":[";
  for (const Finding& finding : report.findings) {
    if (&finding != report.findings.data()) out += ',';
    out += '{';
    AppendField(out, "reason", finding.reason);
    out += ',';
    AppendField(out, "key", finding.key);
    out += ',';
    AppendField(out, "what", finding.what);
    out += ',';
    AppendField(out, "next_step", finding.next_step);
    out += '}';
  }
  out += "],\"notes\":[";
  for (const std::string& note : report.notes) {
    if (&note != report.notes.data()) out += ',';
    io::AppendJsonString(out, note);
  }
  out += "]}";
}

// Keys and texts come from a store that may be damaged: nothing in them reaches a terminal as it
// is.
std::string Shown(const std::string& text) {
  std::string quoted;
  io::AppendJsonString(quoted, text);
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

void DomainReport::Add(Finding finding) {
  if (!known_.emplace(finding.key, finding.reason).second) return;
  ++found;
  if (findings.size() < kFindingsMax) {
    findings.push_back(std::move(finding));
  } else {
    known_.erase({finding.key, finding.reason});  // bounded as well
  }
}

std::string ToText(const DomainReport& report) {
  std::ostringstream out;
  out << "domain " << Shown(report.domain.value()) << ": commits " << report.first_seq << " to "
      << report.last_seq << '\n';
  for (const Finding& finding : report.findings) {
    out << "  " << finding.reason << ' ' << Shown(finding.key) << "\n    " << Shown(finding.what)
        << "\n    next: " << Shown(finding.next_step) << '\n';
  }
  if (report.found > report.findings.size()) {
    out << "  and " << report.found - report.findings.size() << " more\n";
  }
  for (const std::string& note : report.notes) out << "  note: " << Shown(note) << '\n';
  out << "  looked at:";
  const char* separator = " ";
  for (const Named& one : kCounts) {
    if (report.counts.*one.count == 0) continue;
    out << separator << report.counts.*one.count << ' ' << one.words;
    separator = ", ";
  }
  out << '\n';
  if (report.is_clean()) {
    out << "  nothing is wrong\n";
  } else {
    out << "  " << report.found << (report.found == 1 ? " thing is" : " things are") << " wrong\n";
  }
  return out.str();
}

std::string ToJson(const std::vector<DomainReport>& reports) {
  std::string out = "{\"domains\":[";
  for (const DomainReport& report : reports) {
    if (&report != reports.data()) out += ',';
    AppendJson(report, out);
  }
  out += "]}\n";
  return out;
}

}  // namespace usher::audit
