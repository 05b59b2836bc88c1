#include "host/health.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "util/json.hpp"
#include "util/text.hpp"

namespace devbox::host {
namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kIndent = 11;  // of what follows the state
constexpr std::size_t kNameWidth = 19;

bool needed(const Health& health, const Finding& finding) {
  return health.needs.contains(finding.feature);
}

std::string_view colour(State state) {
  switch (state) {
    case State::ok:
      return "\x1b[32m";
    case State::missing:
      return "\x1b[33m";
    case State::broken:
      return "\x1b[1;31m";
  }
  return "";
}

// Padded before it is painted: the codes have no width.
std::string painted(State state, Paint paint) {
  const std::string word = fmt::format("{:<7}", text_of(state));
  return paint == Paint::plain ? word : fmt::format("{}{}\x1b[0m", colour(state), word);
}

// How many columns UTF-8 takes where every character is one wide.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

// Words in lines, all but the first indented.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string lines;
  std::size_t column = indent;
  for (const std::string& word : split(text, ' ')) {
    const bool fits = column + 1 + width(word) <= kColumns;
    if (column != indent) lines += fits ? " " : "\n" + std::string(indent, ' ');
    column = column == indent || !fits ? indent + width(word) : column + 1 + width(word);
    lines += word;
  }
  return lines;
}

std::string with_tilde(const Health& health, std::string text) {
  if (health.home.size() < 2) return text;
  for (std::size_t at = text.find(health.home); at != std::string::npos;
       at = text.find(health.home, at + 1)) {
    const std::size_t end = at + health.home.size();
    const bool begins = at == 0 || text[at - 1] == ' ';
    if (begins && (end == text.size() || text[end] == '/')) text.replace(at, end - at, "~");
  }
  return text;
}

std::string labelled(std::string_view label, std::string_view text) {
  return fmt::format("{:{}}{:<9}{}\n", "", kIndent, label, wrapped(text, kIndent + 9));
}

std::string problem_text(const Health& health, const Finding& finding, Paint paint) {
  std::string text =
      fmt::format("  {}  {}\n{:{}}{}\n", painted(finding.state, paint), printable(finding.name), "",
                  kIndent, wrapped(printable(finding.found), kIndent));
  text += labelled("touches", fmt::format("{}{}", text_of(finding.feature),
                                          needed(health, finding) ? ", which is needed" : ""));
  if (finding.commands.empty()) {
    if (!finding.fix.empty()) text += labelled("fix", printable(finding.fix));
    return text;
  }
  text += fmt::format("{:{}}fix\n", "", kIndent);
  for (const std::string& command : finding.commands)
    text += fmt::format("{:{}}{}\n", "", kIndent + 2, printable(command));
  return text;
}

std::string fine_text(const Health& health, const Finding& finding, Paint paint) {
  return fmt::format("  {}  {:<{}} {}\n", painted(finding.state, paint), printable(finding.name),
                     kNameWidth, printable(with_tilde(health, finding.found)));
}

std::string summary(const Health& health) {
  const auto stands_in_the_way = [&](const Finding& finding) {
    return finding.state != State::ok && needed(health, finding);
  };
  const auto count =
      std::count_if(health.findings.begin(), health.findings.end(), stands_in_the_way);
  const std::string enter = health.profile.empty()
                                ? "devbox enter"
                                : fmt::format("devbox enter -p {}", printable(health.profile));
  std::string text = count == 0
                         ? fmt::format("\n`{}` works here.\n", enter)
                         : fmt::format("\n`{}` does not work here: {} of what it needs {}.\n",
                                       enter, count, count == 1 ? "is not there" : "are not there");
  const bool can_fix =
      std::any_of(health.findings.begin(), health.findings.end(),
                  [](const Finding& finding) { return !finding.commands.empty(); });
  if (can_fix) text += "`devbox doctor --fix-script` prints the commands above as a script.\n";
  return text;
}

}  // namespace

std::string health_text(const Health& health, Paint paint) {
  std::string text = fmt::format("{}, as {}\n", printable(health.host), printable(health.user));
  const Finding* before = nullptr;
  for (const Finding& finding : health.findings) {
    if (before == nullptr || before->section != finding.section)
      text += fmt::format("\n{}\n", text_of(finding.section));
    text += finding.state == State::ok ? fine_text(health, finding, paint)
                                       : problem_text(health, finding, paint);
    before = &finding;
  }
  return text + summary(health);
}

std::string health_json(const Health& health) {
  Json list = Json::array();
  for (const Finding& finding : health.findings) {
    list.push_back({{"section", text_of(finding.section)},
                    {"name", finding.name},
                    {"state", text_of(finding.state)},
                    {"found", finding.found},
                    {"feature", key_of(finding.feature)},
                    {"touches", text_of(finding.feature)},
                    {"needed", needed(health, finding)},
                    {"fix", finding.fix},
                    {"commands", finding.commands}});
  }
  return json_text({{"works", works(health.findings, health.needs)},
                    {"host", health.host},
                    {"user", health.user},
                    {"profile", health.profile},
                    {"findings", list}});
}

std::string fix_script(const Health& health) {
  std::string body;
  std::set<std::string> said;
  for (const Finding& finding : health.findings) {
    std::string commands;
    for (const std::string& command : finding.commands) {
      if (said.insert(command).second) commands += command + "\n";
    }
    if (!commands.empty())
      body += fmt::format("\n# {}: {}\n{}", printable(finding.name), printable(finding.found),
                          commands);
  }
  const std::string head =
      fmt::format("#!/bin/sh\n# {}, for {}: ", printable(health.host), printable(health.user));
  if (body.empty()) return head + "there is nothing that a command could mend.\n";
  return head +
         "what `devbox doctor` would have changed. Read it before you run it.\n"
         "set -eu\n"
         "if [ \"$(id -u)\" = 0 ]; then\n"
         "  sudo() { \"$@\"; }\n"
         "elif ! command -v sudo >/dev/null; then\n"
         "  sudo() { doas \"$@\"; }\n"
         "fi\n" +
         body;
}

}  // namespace devbox::host
