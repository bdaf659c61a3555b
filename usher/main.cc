// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/failpoint.h"
#include "base/io/log.h"
#include "router/configuration/domain_reader.h"
#include "router/configuration/domain_warnings.h"
#include "router/configuration/scalar.h"
#include "router/scenario/run_scenarios.h"
#include "router/simulation/simulate.h"
#include "router/simulation/study.h"
#include "usher/backup_commands.h"
#include "usher/case_commands.h"
#include "usher/commands.h"
#include "usher/customer_commands.h"
#include "usher/demo.h"
#include "usher/doctor.h"
#include "usher/key_commands.h"
#include "usher/parked.h"
#include "usher/print.h"
#include "usher/profile_commands.h"
#include "usher/serve.h"
#include "usher/spread_command.h"
#include "usher/verify.h"
#include "usher/version.h"

namespace usher::app {

namespace {

// Everything that the command line can say.
struct Arguments {
  Output output = Output::kTable;
  ClientOptions client;
  ServeOptions serve;
  DemoOptions demo;
  TokenOptions token;
  ApplyOptions apply;
  CaseOptions cases;
  ProfileOptions profile;
  ExplainOptions explain;
  VerifyOptions verify;
  AsteriskDoctorOptions doctor;
  FreeswitchDoctorOptions freeswitch_doctor;
  ParkedOptions parked;
  BackupOptions backup;
  RestoreArguments restore;
  std::vector<std::string> roles;
  std::string durability = "always";
  std::string keep_closed = "30d";
  std::string log_level = "info";
  std::string log_format = "json";
  std::vector<std::string> files;
  simulation::SimulateOptions simulate;
  std::string id;
  std::string reason;  // why a customer is erased
  std::string change;  // to take back
  std::string queue;
  std::string keys_dir;
  bool json = false;
};

// What the chosen command does; set while the command line is read.
using Action = std::function<int()>;

void ConfigureLog(const std::string& level, const std::string& format) {
  io::LogOptions options;
  const std::map<std::string, io::LogLevel> levels = {{"debug", io::LogLevel::kDebug},
                                                      {"info", io::LogLevel::kInfo},
                                                      {"warning", io::LogLevel::kWarning},
                                                      {"error", io::LogLevel::kError}};
  options.level = levels.at(level);
  options.format = format == "text" ? io::LogFormat::kText : io::LogFormat::kJson;
  io::ConfigureLog(std::move(options));
}

// `always`, `everysec`, `replicated:2`.
Result<void> ReadDurability(const std::string& text, ServeOptions& serve) {
  if (text == "always") {
    serve.durability = store::Durability::kAlways;
  } else if (text == "everysec") {
    serve.durability = store::Durability::kEverySec;
  } else if (text.starts_with("replicated:") && text.size() == 12 && text[11] >= '1' &&
             text[11] <= '9') {
    serve.durability = store::Durability::kReplicated;
    serve.replicas = static_cast<std::uint32_t>(text[11] - '0');
  } else {
    return Error{Code::kInvalidArgument, "BAD_DURABILITY", "--durability " + text + " is unknown",
                 "use always, everysec or replicated:N with N from 1 to 9"};
  }
  return {};
}

// For tests of failure only; nobody should overlook that they are on.
Result<void> ArmFailpoints() {
  const Result<std::vector<std::string>> armed = failpoints::ArmFromEnvironment();
  if (!armed.ok()) return armed.error();
  for (const std::string& one : *armed) {
    io::Log(io::LogLevel::kWarning, "failpoint_armed",
            {{"failpoint", one}, {"next_step", "unset USHER_FAILPOINTS in production"}});
  }
  return {};
}

Result<void> ReadKeepClosed(const std::string& text, ServeOptions& serve) {
  constexpr Duration kShortest = std::chrono::minutes{1};
  constexpr Duration kLongest = std::chrono::hours{24 * 3'650};
  const std::optional<Duration> kept = configuration::ParseDuration(text);
  if (!kept || *kept < kShortest || *kept > kLongest) {
    return Error{Code::kInvalidArgument, "BAD_DURATION",
                 "--keep-closed " + text + " is no span from 1m to 3650d", "give one such as 30d"};
  }
  serve.closed_contact_kept = *kept;
  return {};
}

int RunServe(Arguments& arguments) {
  ConfigureLog(arguments.log_level, arguments.log_format);
  if (Result<void> armed = ArmFailpoints(); !armed.ok()) {
    return PrintError(armed.error(), arguments.output);
  }
  if (Result<void> read = ReadDurability(arguments.durability, arguments.serve); !read.ok()) {
    return PrintError(read.error(), arguments.output);
  }
  if (Result<void> read = ReadKeepClosed(arguments.keep_closed, arguments.serve); !read.ok()) {
    return PrintError(read.error(), arguments.output);
  }
  if (!arguments.roles.empty()) {
    const std::map<std::string, RoleOfProcess> known = {{"router", RoleOfProcess::kRouter},
                                                        {"agents", RoleOfProcess::kAgents},
                                                        {"channels", RoleOfProcess::kChannels}};
    arguments.serve.roles.clear();
    for (const std::string& role : arguments.roles) arguments.serve.roles.insert(known.at(role));
  }
  const Result<void> served = Serve(arguments.serve, [](const Serving&) { return Result<void>(); });
  return served.ok() ? 0 : PrintError(served.error(), arguments.output);
}

int RunTest(const Arguments& arguments) {
  const bool as_json = arguments.json || arguments.output == Output::kJson;
  return scenario::RunScenarios(
      arguments.files, {}, as_json ? scenario::ReportFormat::kJson : scenario::ReportFormat::kText,
      std::cout);
}

int RunCheck(const Arguments& arguments) {
  int code = 0;
  for (const std::string& file : arguments.files) {
    const configuration::DomainReading reading = configuration::ReadDomainFile(file);
    for (const auto& diagnostic : reading.diagnostics) {
      std::cout << configuration::ToString(diagnostic) << '\n';
    }
    if (!reading.ok()) {
      code = 2;
      continue;
    }
    for (const configuration::Diagnostic& warning : configuration::WarnAbout(reading)) {
      std::cout << warning.file << ':' << warning.line << ": warning: " << warning.message << '\n';
    }
    std::cout << file << ": ok\n";
  }
  return code;
}

int RunSimulate(Arguments& arguments) {
  simulation::SimulateOptions& options = arguments.simulate;
  options.json = arguments.json || arguments.output == Output::kJson;
  const bool shows_progress = isatty(STDERR_FILENO) == 1;
  if (shows_progress) {
    options.on_progress = [](const std::string& words) {
      std::cerr << "\r\x1b[K" << words << std::flush;
    };
  }
  std::ostringstream out;
  std::ostringstream complaints;
  const int code = simulation::SimulateFiles(options, out, complaints);
  if (shows_progress) std::cerr << "\r\x1b[K";
  std::cerr << complaints.str();
  std::cout << out.str();
  return code;
}

void AddServerOptions(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--server", arguments.client.server,
                  "gRPC address of a server; several with commas: whichever leads is asked")
      ->envname("USHER_SERVER")
      ->capture_default_str();
  command.add_option("--token-file", arguments.client.token_file,
                     "file with a token; else USHER_TOKEN, else one signed with --keys");
  command.add_option("--keys", arguments.client.keys_dir, "folder with a signing key");
  command
      .add_option("--server-ca", arguments.client.server_ca,
                  "PEM file: the authority of the servers' certificates; with it the connection is "
                  "encrypted")
      ->envname("USHER_SERVER_CA");
  command
      .add_option("--client-cert", arguments.client.certificate,
                  "PEM file: for servers that ask for a certificate")
      ->envname("USHER_CLIENT_CERT");
  command.add_option("--client-key", arguments.client.key, "PEM file: its key")
      ->envname("USHER_CLIENT_KEY");
}

void AddClientOptions(CLI::App& command, Arguments& arguments) {
  AddServerOptions(command, arguments);
  command.add_option("--domain", arguments.client.domain, "the domain to act in")
      ->envname("USHER_DOMAIN")
      ->capture_default_str();
}

void AddRedisOptions(CLI::App& serve, RedisOptions& options) {
  serve.add_option("--redis", options.target,
                   "unix:/path, host:port, rediss://host:port (TLS), sentinel://h1:p1,h2:p2/NAME, "
                   "cluster://h1:p1,h2:p2, sentinel+tls:// or cluster+tls://; default: a private "
                   "redis-server in the data folder");
  serve.add_option("--redis-user", options.user, "ACL user");
  serve.add_option("--redis-password-file", options.password_file, "file with its password");
  serve.add_option("--redis-ca", options.ca,
                   "PEM file of the authority of Redis' certificate (default: the system's)");
  serve.add_option("--redis-cert", options.certificate, "PEM file of this process's certificate");
  serve.add_option("--redis-key", options.key, "PEM file of its key");
  serve.add_option("--redis-tls-name", options.tls_name,
                   "name that Redis' certificate must be for (default: the host's)");
  serve.add_option("--sentinel-user", options.sentinel_user, "ACL user of the Sentinels");
  serve.add_option("--sentinel-password-file", options.sentinel_password_file,
                   "file with its password");
}

void AddServe(CLI::App& app, Arguments& arguments, Action& action) {
  CLI::App& serve = *app.add_subcommand("serve", "run a server until SIGINT or SIGTERM");
  ServeOptions& options = arguments.serve;
  serve.add_option("--roles", arguments.roles, "router, agents, channels (default: all)")
      ->delimiter(',')
      ->check(CLI::IsMember({"router", "agents", "channels"}));
  serve.add_option("--domain", options.domains, "a domain to lead; may be repeated")
      ->capture_default_str();
  serve.add_option("--data", options.data_dir, "data folder")->capture_default_str();
  AddRedisOptions(serve, options.redis);
  serve
      .add_option("--durability", arguments.durability,
                  "always: on disk before the answer; everysec: up to about a second may be lost "
                  "on a power cut; replicated:N: N replicas have it")
      ->capture_default_str();
  serve
      .add_option("--history-commits", options.history.commits_kept,
                  "commits that a domain's log keeps, and at most half as many again")
      ->check(CLI::Range(std::size_t{1'000}, std::size_t{1'000'000'000}))
      ->capture_default_str();
  serve
      .add_option("--history-bytes", options.history.log_bytes_kept,
                  "bytes that it keeps, such as 256MB, where that is less; and at most half as "
                  "many again")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(std::size_t{1} << 20, std::size_t{1} << 40))
      ->capture_default_str();
  serve
      .add_option("--keep-closed", arguments.keep_closed,
                  "how long a contact that is closed can still be shown (default: 30d)")
      ->option_text("SPAN")
      ->capture_default_str();
  serve.add_option("--http", options.http_address, "consoles, chat, JSON")->capture_default_str();
  serve.add_option("--grpc", options.grpc_address, "gRPC")->capture_default_str();
  serve.add_option("--metrics", options.metrics_address, "/metrics, /healthz, /readyz")
      ->capture_default_str();
  serve.add_option("--router", options.router_addresses,
                   "gRPC address of another router, or a name that stands for several; may be "
                   "repeated: consoles and channels go to whichever leads");
  serve.add_option("--tls-cert", options.tls_certificate,
                   "PEM file: this process's certificate with its chain, for HTTP, gRPC and "
                   "metrics, and for the routers that it connects to; read again when it changes");
  serve.add_option("--tls-key", options.tls_key, "PEM file: its key, which others may not read");
  serve.add_option("--tls-client-ca", options.tls_client_ca,
                   "PEM file: gRPC clients must show a certificate that it signed");
  serve.add_option("--router-ca", options.router_ca,
                   "PEM file: the authority of the other routers' certificates; with it the "
                   "connection to them is encrypted");
  serve.add_option("--keys", options.keys_dir, "folder of keys (default: DATA/keys)");
  serve.add_option("--name", options.name,
                   "tells this process from others of its roles, and stays the same when it is "
                   "started again (default: kept in the data folder)");
  serve.add_option("--visitor-keys", options.visitor_keys_dir,
                   "keys of chat visitors' tokens; the same for all processes of the role channels "
                   "(default: visitor-keys in the data folder)");
  serve.add_option("--token-file", options.token_files,
                   "this process's own token, where it has no signing key");
  serve.add_option("--assets", options.assets_dir, "folder of built web files");
  serve.add_option("--allow-origin", options.allowed_origins,
                   "origin of a console served elsewhere");
  serve
      .add_option("--softphone", options.softphone.server,
                  "agents' telephone in the console: where the telephone system takes SIP over "
                  "WebSocket, such as wss://pbx.example.org/ws")
      ->option_text("URL");
  serve
      .add_option("--softphone-domain", options.softphone.domain,
                  "of the agents' SIP addresses (default: the host of --softphone)")
      ->option_text("DOMAIN");
  serve
      .add_option("--softphone-ice", options.softphone.ice_servers,
                  "STUN or TURN server for agents behind NAT, such as stun:stun.example.org:3478; "
                  "may be repeated")
      ->option_text("URL");
  serve
      .add_option("--softphone-turn-secret", options.turn_secret_file,
                  "file with the secret shared with the TURN servers, of which passwords are made")
      ->check(CLI::ExistingFile);
  serve
      .add_option("--files", options.file_servers,
                  "where a process of the role channels serves HTTP, such as "
                  "http://10.0.0.7:8080: consoles get the files of mails from there; may be "
                  "repeated (default: this process)")
      ->option_text("URL");
  serve
      .add_option("--files-ca", options.files_ca,
                  "PEM file: the authority of the certificates of --files (default: the system's)")
      ->check(CLI::ExistingFile);
  serve.add_option("--webhooks", options.webhook_file,
                   "YAML file of systems that tell what happens to customers, or have calls");
  serve
      .add_option("--asterisk", options.asterisk_file,
                  "YAML file of telephone calls through Asterisk")
      ->check(CLI::ExistingFile);
  serve.add_option("--email", options.email_file, "YAML file of mailboxes that customers write to")
      ->check(CLI::ExistingFile);
  serve
      .add_option("--freeswitch", options.freeswitch_file,
                  "YAML file of telephone calls through FreeSWITCH")
      ->check(CLI::ExistingFile);
  serve.add_option("--chat", options.chat_file, "YAML file of sites that embed the chat widget")
      ->check(CLI::ExistingFile);
  serve.add_option("--log-level", arguments.log_level, "debug, info, warning, error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
  serve.add_option("--log-format", arguments.log_format, "json or text")
      ->check(CLI::IsMember({"json", "text"}))
      ->capture_default_str();
  // Only the root reads a file; its section [serve] holds the options of this command.
  serve.configurable();
  app.set_config("--config", "",
                 "file with options of serve: a line [serve], then name=value lines")
      ->option_text("FILE");
  serve.callback([&] { action = [&] { return RunServe(arguments); }; });
}

void AddDemo(CLI::App& app, Arguments& arguments, Action& action) {
  CLI::App& demo = *app.add_subcommand("demo", "run everything on loopback with a sample domain");
  demo.add_option("--data", arguments.demo.data_dir, "data folder")->capture_default_str();
  demo.add_option("--port", arguments.demo.port, "HTTP port; gRPC and metrics take the next two")
      ->capture_default_str();
  demo.add_option("--assets", arguments.demo.assets_dir, "folder of built web files");
  demo.callback([&] {
    action = [&] {
      ConfigureLog("warning", "text");
      return RunDemo(arguments.demo);
    };
  });
}

// `usher NOUN list` and `usher NOUN show ID`.
void AddNoun(CLI::App& app, Arguments& arguments, Action& action, const std::string& noun,
             std::function<int()> list, std::function<int()> show) {
  CLI::App& command = *app.add_subcommand(noun, "list or show " + noun + "s");
  command.require_subcommand(1);
  CLI::App& listing = *command.add_subcommand("list", "list them");
  CLI::App& showing = *command.add_subcommand("show", "show one");
  showing.add_option("id", arguments.id, "its id")->required();
  if (noun == "contact") listing.add_option("--queue", arguments.queue, "only of this queue");
  for (CLI::App* sub : {&listing, &showing}) AddClientOptions(*sub, arguments);
  listing.callback([&action, list] { action = list; });
  showing.callback([&action, show] { action = show; });
}

// What is stored of one person, who saw and changed it, and the end of it.
void AddPrivacyCommands(CLI::App& customer, Arguments& arguments, Action& action) {
  Arguments& a = arguments;
  const auto add = [&](const char* name, const char* what, std::function<int()> run) {
    CLI::App& command = *customer.add_subcommand(name, what);
    command.add_option("id", a.id, "its id")->required();
    AddClientOptions(command, a);
    command.callback([&action, run = std::move(run)] { action = run; });
    return &command;
  };
  add("export", "hand out all that is stored, one JSON object a line",
      [&a] { return ExportCustomer(a.client, a.output, a.id); });
  add("erase", "erase one customer everywhere",
      [&a] { return EraseCustomer(a.client, a.output, a.id, a.reason); })
      ->add_option("--reason", a.reason, "why, without naming the person; it is kept")
      ->required();
  add("reads", "who read it, newest first", [&a] { return ListReads(a.client, a.output, a.id); });
  add("changes", "who changed it, newest first",
      [&a] { return ListChanges(a.client, a.output, a.id); });
  add("revert", "take one change back",
      [&a] { return RevertChange(a.client, a.output, a.id, a.change); })
      ->add_option("change", a.change, "the change, as `changes` lists it")
      ->required();
}

// Finding customers, and what is known of them.
void AddProfileCommands(CLI::App& customer, Arguments& arguments, Action& action) {
  using Run = int (*)(const ClientOptions&, Output, const ProfileOptions&);
  ProfileOptions& options = arguments.profile;
  const auto add = [&](const char* verb, const char* what, Run run) -> CLI::App& {
    CLI::App& one = *customer.add_subcommand(verb, what);
    AddClientOptions(one, arguments);
    one.callback([&arguments, &action, run] {
      action = [&arguments, run] {
        return run(arguments.client, arguments.output, arguments.profile);
      };
    });
    return one;
  };
  const auto add_for_one = [&](const char* verb, const char* what, Run run) -> CLI::App& {
    CLI::App& one = add(verb, what, run);
    one.add_option("id", options.id, "its id")->required();
    return one;
  };
  const auto add_profile = [&](CLI::App& to) {
    to.add_option("--name", options.name, "how people call the customer");
    to.add_option("--tier", options.tier, "one of customers.tiers of the domain file");
    to.add_option("--language", options.language, "a BCP 47 tag, such as zh");
    to.add_option("--type", options.type,
                  "potential, lead, contracted, member, partner or internal");
    to.add_option("--stage", options.stage, "of a purchase: before, during or after");
    to.add_option("--value", options.value, "what the customer is worth, in whole units");
    to.add_option("--owner", options.owner, "the agent who looks after the customer");
    to.add_option("--field", options.fields, "key=value of customers.fields; key= removes it");
    to.add_option("--tag", options.add_tags, "a mark");
  };
  add("search", "find them by a name, number, address, field or order number", SearchCustomers)
      .add_option("query", options.query, "the beginning of each word is enough")
      ->required();
  CLI::App& create = add("create", "write down a new one", CreateCustomer);
  add_profile(create);
  create.add_option("--identity", options.identities, "kind:value, such as phone:010 6552 9988");
  create.add_flag("--verified", options.verified, "the addresses are proven");
  CLI::App& update = add_for_one("update", "change what is known of one", UpdateCustomer);
  add_profile(update);
  update.add_option("--remove-tag", options.remove_tags, "take a mark away");
  const auto add_identity = [&](CLI::App& to) {
    to.add_option("identity", options.identities, "kind:value, such as email:mei@example.com")
        ->required()
        ->expected(1);
  };
  CLI::App& identify = add_for_one("add-identity", "give one an address", AddIdentity);
  add_identity(identify);
  identify.add_flag("--verified", options.verified, "it is proven");
  add_identity(add_for_one("remove-identity", "take an address away", RemoveIdentity));
  add_for_one("note", "write into its history", AddNote)
      .add_option("text", options.text, "for colleagues")
      ->required();
  add_for_one("duplicates", "records that may be the same customer's, with the evidence",
              ListDuplicates);
  const auto add_merge = [&](CLI::App& to, const char* what) {
    to.add_option("other", options.other, what)->required();
    to.add_option("--reason", options.reason, "why; it is kept")->required();
  };
  add_merge(add_for_one("merge", "make two records one", MergeCustomers),
            "the record that goes into it");
  add_merge(add_for_one("undo-merge", "take a record out again", UndoMerge),
            "the record that was merged into it");
}

void AddClientCommands(CLI::App& app, Arguments& arguments, Action& action) {
  Arguments& a = arguments;
  AddNoun(
      app, a, action, "contact", [&a] { return ListContacts(a.client, a.output, a.queue); },
      [&a] { return ShowContact(a.client, a.output, a.id); });
  AddNoun(
      app, a, action, "queue", [&a] { return ListQueues(a.client, a.output); },
      [&a] { return ShowQueue(a.client, a.output, a.id); });
  AddNoun(
      app, a, action, "agent", [&a] { return ListAgents(a.client, a.output); },
      [&a] { return ShowAgent(a.client, a.output, a.id); });
  AddNoun(
      app, a, action, "customer", [&a] { return ListCustomers(a.client, a.output); },
      [&a] { return ShowCustomer(a.client, a.output, a.id); });
  AddProfileCommands(*app.get_subcommand("customer"), a, action);
  AddPrivacyCommands(*app.get_subcommand("customer"), a, action);
  CLI::App& router = *app.add_subcommand("router", "who leads, and handing over");
  router.require_subcommand(1);
  CLI::App& routers = *router.add_subcommand("list", "what each server does for the domain");
  CLI::App& step_down =
      *router.add_subcommand("step-down", "hand the domain to a standby, without a gap");
  CLI::App& spread = *router.add_subcommand(
      "spread", "hand domains over until every server leads about as many as the others");
  for (CLI::App* sub : {&routers, &step_down, &spread}) AddClientOptions(*sub, a);
  spread.callback([&] { action = [&a] { return SpreadDomains(a.client, a.output); }; });
  routers.callback([&] { action = [&a] { return ListRouters(a.client, a.output); }; });
  step_down.callback([&] { action = [&a] { return StepDown(a.client, a.output); }; });
  CLI::App& apply = *app.add_subcommand("apply", "put a domain file into force");
  apply.add_option("-f,--file", a.apply.file, "the domain file")->required();
  apply.add_flag("--dry-run", a.apply.dry_run, "only say what would change");
  apply.add_option("--based-on", a.apply.based_on, "refuse when another version is in force");
  AddClientOptions(apply, a);
  apply.callback([&] { action = [&a] { return Apply(a.client, a.output, a.apply); }; });
}

// `usher case list|show|open|transfer|promise|keep|resolve`.
void AddCases(CLI::App& app, Arguments& arguments, Action& action) {
  using Run = int (*)(const ClientOptions&, Output, const CaseOptions&);
  CaseOptions& options = arguments.cases;
  CLI::App& noun = *app.add_subcommand("case", "matters that somebody owns, and what was promised");
  noun.require_subcommand(1);
  const auto add = [&](const char* verb, const char* what, Run run, bool takes_id) -> CLI::App& {
    CLI::App& one = *noun.add_subcommand(verb, what);
    if (takes_id) one.add_option("id", options.id, "its id")->required();
    AddClientOptions(one, arguments);
    one.callback([&arguments, &action, run] {
      action = [&arguments, run] {
        return run(arguments.client, arguments.output, arguments.cases);
      };
    });
    return one;
  };
  CLI::App& list = add("list", "those that are open, latest first", ListCases, false);
  list.add_option("--customer", options.customer, "only of this customer");
  list.add_option("--owner", options.owner, "only of this agent");
  list.add_flag("--with-ended", options.with_ended, "of a customer, those that are over too");
  add("show", "one, with every owner that it has had", ShowCase, true);
  CLI::App& open = add("open", "open one", OpenCase, false);
  open.add_option("--customer", options.customer, "whose matter it is")->required();
  open.add_option("--subject", options.subject, "one line")->required();
  open.add_option("--owner", options.owner, "the agent who answers for it")->required();
  open.add_option("--category", options.category, "one of cases.categories of the domain file");
  open.add_option("--contact", options.contact, "the contact that it came up in");
  CLI::App& transfer = add("transfer", "pass it on to an agent or a queue", TransferCase, true);
  CLI::App& target = *transfer.add_option_group("to");
  target.add_option("--agent", options.to_agent, "who owns it from now on");
  target.add_option("--queue", options.to_queue, "where it waits for somebody to accept it");
  target.require_option(1);
  transfer.add_option("--reason", options.reason, "why; seen by everybody after");
  CLI::App& promise = add("promise", "promise something by a time", PromiseInCase, true);
  promise.add_option("--text", options.text, "what is promised")->required();
  CLI::App& when = *promise.add_option_group("when");
  when.add_option("--by", options.by,
                  "2026-11-23T18:00 by the domain's clocks, or with :00Z in UTC");
  when.add_option("--open-hours", options.open_hours,
                  "or after so much of the business hours, such as 8h");
  when.require_option(1);
  add("keep", "say that what was promised was done", KeepPromise, true);
  add("resolve", "end it", ResolveCase, true)
      .add_option("--resolution", options.resolution, "how it ended")
      ->required();
}

void AddSimulate(CLI::App& app, Arguments& arguments, Action& action) {
  CLI::App& simulate =
      *app.add_subcommand("simulate", "try a domain file against traffic, in virtual time");
  simulation::SimulateOptions& options = arguments.simulate;
  simulate.add_option("domain", options.domain_file, "the domain file")->required();
  simulate.add_option("--traffic", options.traffic_file, "who comes, and who works")->required();
  simulate.add_option("--compare", options.compare_file,
                      "another domain file: the same customers come to both");
  simulate.add_option("--seed", options.seed, "another seed, other customers")
      ->capture_default_str();
  simulate.add_option("--runs", options.runs, "how often, each with other customers")
      ->check(CLI::Range(1, simulation::kRunsMax))
      ->capture_default_str();
  simulate.add_flag("--json", arguments.json, "one JSON object with every figure");
  simulate.callback([&] { action = [&] { return RunSimulate(arguments); }; });
}

// `usher backup` and `usher restore`.
void AddBackups(CLI::App& app, Arguments& arguments, Action& action) {
  BackupOptions& backup = arguments.backup;
  CLI::App& take = *app.add_subcommand("backup", "copy domains with all they hold into one file");
  take.add_option("--out", backup.out, "the file to write; it must not be there yet");
  take.add_option("--verify", backup.verify, "check this backup instead; needs no Redis")
      ->excludes("--out");
  take.add_option("--domain", backup.domains, "a domain; may be repeated (default: all)");
  take.add_option("--data", backup.data_dir,
                  "without --redis: the data folder of a server, running or not")
      ->capture_default_str();
  AddRedisOptions(take, backup.redis);
  take.callback([&] { action = [&] { return RunBackup(arguments.backup, arguments.output); }; });

  RestoreArguments& restore = arguments.restore;
  CLI::App& put = *app.add_subcommand("restore", "put domains back from a backup");
  put.add_option("file", restore.file, "the backup")->required();
  put.add_option("--domain", restore.domains, "a domain of it; may be repeated (default: all)");
  put.add_option("--as", restore.as, "another name for the one domain");
  put.add_flag("--replace", restore.replace, "lose what the domain holds now");
  put.add_option("--epoch-floor", restore.epoch_floor,
                 "an epoch that a router may have had elsewhere: theirs will be above it");
  put.add_option("--data", restore.data_dir,
                 "without --redis: the data folder to restore into; its server must be stopped")
      ->capture_default_str();
  AddRedisOptions(put, restore.redis);
  put.callback([&] { action = [&] { return RunRestore(arguments.restore, arguments.output); }; });
}

// `usher explain contact|agent|offer ID`.
void AddExplain(CLI::App& app, Arguments& arguments, Action& action) {
  using Explain = int (*)(const ClientOptions&, Output, const ExplainOptions&);
  CLI::App& explain = *app.add_subcommand(
      "explain", "why this agent, why still waiting, why idle; now or after the fact");
  explain.require_subcommand(1);
  const auto add = [&](const char* noun, const char* what, Explain run, bool takes_moment) {
    CLI::App& one = *explain.add_subcommand(noun, what);
    one.add_option("id", arguments.explain.id, "its id")->required();
    if (takes_moment) {
      one.add_option("--at", arguments.explain.at,
                     "an instant of the past, in UTC, such as 2026-11-21T19:52:12Z")
          ->option_text("TIME");
    }
    one.add_flag("--json", arguments.json, "the facts as JSON");
    AddClientOptions(one, arguments);
    one.callback([&arguments, &action, run] {
      action = [&arguments, run] {
        const Output output = arguments.json ? Output::kJson : arguments.output;
        return run(arguments.client, output, arguments.explain);
      };
    });
  };
  add("contact", "what became of a contact, why it waits, why the agent who took it",
      ExplainContact, true);
  add("agent", "why an agent has nothing to do", ExplainAgent, true);
  add("offer", "why this agent was asked, and none of the others", ExplainOffer, false);
}

void AddLocalCommands(CLI::App& app, Arguments& arguments, Action& action) {
  CLI::App& test = *app.add_subcommand("test", "run scenario files in virtual time");
  test.add_option("files", arguments.files, "scenario files")->required();
  test.add_flag("--json", arguments.json, "one JSON object a scenario");
  test.callback([&] { action = [&] { return RunTest(arguments); }; });
  CLI::App& check = *app.add_subcommand("check", "say what is wrong with domain files");
  check.add_option("files", arguments.files, "domain files")->required();
  check.callback([&] { action = [&] { return RunCheck(arguments); }; });
  AddSimulate(app, arguments, action);

  CLI::App& keys = *app.add_subcommand("keys", "signing keys of tokens");
  keys.require_subcommand(1);
  CLI::App& create = *keys.add_subcommand("create", "make a new Ed25519 key");
  create.add_option("--keys", arguments.keys_dir, "folder of keys")->required();
  create.callback(
      [&] { action = [&] { return CreateKeys(arguments.keys_dir, arguments.output); }; });

  CLI::App& token = *app.add_subcommand("token", "sign a token");
  token.add_option("--keys", arguments.token.keys_dir, "folder with a signing key")->required();
  token
      .add_option("--role", arguments.token.role,
                  "agent, supervisor, admin, adapter, visitor, metrics")
      ->required();
  token.add_option("--subject", arguments.token.subject, "the agent's id, the adapter's name")
      ->required();
  token.add_option("--domain", arguments.token.domain, "the domain that it is good for")
      ->capture_default_str();
  token.add_option("--expires", arguments.token.expires, "from now, such as 12h")
      ->capture_default_str();
  token.add_option("--channel", arguments.token.channels, "adapters: only these channels");
  token.add_option("--acts-for", arguments.token.acts_for,
                   "gateways: the people for whom this adapter may act, agent and supervisor");
  token.callback([&] { action = [&] { return PrintToken(arguments.token, arguments.output); }; });

  CLI::App& version = *app.add_subcommand("version", "say which version this is");
  version.callback([&] {
    action = [&] {
      if (arguments.output == Output::kJson) {
        std::cout << "{\"version\":\"" << kVersion << "\"}\n";
      } else {
        std::cout << "usher " << kVersion << '\n';
      }
      return 0;
    };
  });
}

// The Redis of tools that work on what is stored.
void AddStoredDataOptions(CLI::App& command, StoredDataOptions& options) {
  command.add_option("--data", options.data_dir, "data folder of a server with a private Redis")
      ->capture_default_str();
  command.add_flag("--start", options.start,
                   "run that Redis for as long as this takes, where no server does");
  AddRedisOptions(command, options.redis);
}

void AddVerify(CLI::App& app, Arguments& arguments, Action& action) {
  CLI::App& verify =
      *app.add_subcommand("verify", "go through everything that is stored, and name what is wrong");
  verify
      .add_option("--domain", arguments.verify.domains,
                  "a domain to go through, or all; may be repeated")
      ->capture_default_str();
  AddStoredDataOptions(verify, arguments.verify.data);
  verify.add_flag("--json", arguments.json, "the report as one JSON object");
  verify.callback([&] {
    action = [&] {
      ConfigureLog("error", "text");
      return Verify(arguments.verify, arguments.json ? Output::kJson : arguments.output);
    };
  });
}

// `usher doctor asterisk|freeswitch|email FILE`.
void AddDoctor(CLI::App& app, Arguments& arguments, Action& action) {
  CLI::App& doctor = *app.add_subcommand("doctor", "what is wrong around Usher, and what to do");
  doctor.require_subcommand(1);
  CLI::App& asterisk =
      *doctor.add_subcommand("asterisk", "look at every Asterisk of a file of serve --asterisk");
  AsteriskDoctorOptions& options = arguments.doctor;
  asterisk.add_option("file", options.file, "the file")->required()->check(CLI::ExistingFile);
  asterisk.add_option("--context", options.context, "the dialplan's context where calls come in")
      ->capture_default_str();
  asterisk.add_option("--number", options.number, "a number that could be dialled there")
      ->capture_default_str();
  asterisk
      .add_option("--fallback-queue", options.fallback_queue,
                  "the queue of app_queue for calls that Usher does not take")
      ->capture_default_str();
  asterisk.callback([&] {
    action = [&] {
      ConfigureLog("error", "text");
      return ExamineAsterisks(arguments.doctor, arguments.output);
    };
  });
  CLI::App& freeswitch = *doctor.add_subcommand(
      "freeswitch", "look at every FreeSWITCH of a file of serve --freeswitch");
  FreeswitchDoctorOptions& switches = arguments.freeswitch_doctor;
  freeswitch.add_option("file", switches.file, "the file")->required()->check(CLI::ExistingFile);
  freeswitch
      .add_option("--context", switches.context, "the dialplan's context where calls come in")
      ->capture_default_str();
  freeswitch.callback([&] {
    action = [&] {
      ConfigureLog("error", "text");
      return ExamineFreeswitches(arguments.freeswitch_doctor, arguments.output);
    };
  });
  CLI::App& email =
      *doctor.add_subcommand("email", "look at every mailbox of a file of serve --email");
  email.add_option("file", options.file, "the file")->required()->check(CLI::ExistingFile);
  email.callback([&] {
    action = [&] {
      ConfigureLog("error", "text");
      return ExamineMailboxes(arguments.doctor.file, arguments.output);
    };
  });
}

// `usher parked list|show KEY|requeue KEY|drop KEY`.
void AddParked(CLI::App& app, Arguments& arguments, Action& action) {
  using Run = int (*)(const ParkedOptions&, Output);
  CLI::App& parked = *app.add_subcommand("parked", "records that were set aside as damaged");
  parked.require_subcommand(1);
  const auto add = [&](const char* verb, const char* what, Run run, bool takes_key) -> CLI::App& {
    CLI::App& one = *parked.add_subcommand(verb, what);
    if (takes_key) {
      one.add_option("key", arguments.parked.key, "its key, as list shows it")->required();
    } else {
      one.add_option("--domain", arguments.parked.domains, "a domain, or all; may be repeated")
          ->capture_default_str();
    }
    AddStoredDataOptions(one, arguments.parked.data);
    one.callback([&arguments, &action, run] {
      action = [&arguments, run] {
        ConfigureLog("error", "text");
        arguments.parked.client = arguments.client;
        return run(arguments.parked, arguments.output);
      };
    });
    return one;
  };
  add("list", "what is parked, why, and whether the record was made anew", ListParked, false);
  add("show", "one record: its bytes, and what can be read of it", ShowParked, true);
  AddServerOptions(
      add("requeue", "submit a contact that was lost to the router", RequeueParked, true),
      arguments);
  add("drop", "forget the damaged bytes", DropParked, true);
}

int Main(int argc, char** argv) {
  CLI::App app{"Usher routes every customer contact to the right agent."};
  app.footer("`usher COMMAND --help` says more. Start with `usher demo`.");
  app.require_subcommand(1);
  app.fallthrough();
  app.allow_config_extras(CLI::config_extras_mode::error);
  Arguments arguments;
  Action action;
  app.add_option("--output", arguments.output, "table (the default) or json")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Output>{{"table", Output::kTable}, {"json", Output::kJson}}))
      ->option_text("FORMAT");
  AddServe(app, arguments, action);
  AddDemo(app, arguments, action);
  AddClientCommands(app, arguments, action);
  AddCases(app, arguments, action);
  AddExplain(app, arguments, action);
  AddVerify(app, arguments, action);
  AddDoctor(app, arguments, action);
  AddParked(app, arguments, action);
  AddBackups(app, arguments, action);
  AddLocalCommands(app, arguments, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : 2;
  }
  return action();
}

}  // namespace

}  // namespace usher::app

int main(int argc, char** argv) {
  try {
    return usher::app::Main(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "usher: " << error.what() << '\n';
    return 1;
  }
}
