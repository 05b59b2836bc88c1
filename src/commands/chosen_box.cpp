#include "commands/chosen_box.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

using launch::Record;

constexpr const char* kHowToHaveOne = "start it with `--stats`, or with a limit";

// "4711.5f3a2c": the launcher's number and a time.
bool begins_so(const std::string& id, std::string_view word) {
  return id.starts_with(word) && word.size() >= std::min(id.find('.'), id.size());
}

std::string list_of(const std::vector<const Record*>& records) {
  std::string text;
  for (const Record* record : records) {
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", printable(record->id),
                        printable(record->name));
  }
  return text;
}

// The only one that the word means; null where none is.
const Record* meant_by(const std::string& word, const std::vector<Record>& running) {
  std::vector<const Record*> meant;
  for (const Record& record : running) {
    if (record.id == word) return &record;
    if (record.name == word || begins_so(record.id, word)) meant.push_back(&record);
  }
  if (meant.size() > 1)
    throw Error(fmt::format("{} means {} boxes that run", printable(word), meant.size()),
                fmt::format("by id: {}", list_of(meant)));
  return meant.empty() ? nullptr : meant.front();
}

[[noreturn]] void no_such_box(const std::string& word, const std::vector<Record>& running,
                              const std::string& where_none) {
  std::vector<const Record*> all;
  all.reserve(running.size());
  for (const Record& record : running) all.push_back(&record);
  throw Error(fmt::format("no box that runs is {}", printable(word)),
              all.empty() ? where_none : fmt::format("there are {}", list_of(all)));
}

}  // namespace

const Record& chosen_box(const std::vector<Record>& running, const std::string& word) {
  if (const Record* meant = meant_by(word, running)) return *meant;
  no_such_box(word, running, "none of yours runs; `devbox enter` starts one");
}

const Record& chosen_group(const std::vector<Record>& running, const std::string& word) {
  std::vector<Record> grouped;
  for (const Record& record : running) {
    if (!record.group.empty()) grouped.push_back(record);
  }
  const Record* meant = meant_by(word, grouped);
  if (meant == nullptr) meant = meant_by(word, running);
  if (meant == nullptr)
    no_such_box(word, grouped, fmt::format("none has a control group; {}", kHowToHaveOne));
  if (meant->group.empty())
    throw Error(fmt::format("the box {} runs without a control group: nothing is counted of it, "
                            "and nothing can be limited",
                            printable(meant->id)),
                kHowToHaveOne);
  return *std::find_if(running.begin(), running.end(),
                       [&](const Record& record) { return record.id == meant->id; });
}

std::string short_id(const std::string& id, const std::vector<std::string>& ids) {
  std::size_t size = std::min(id.find('.'), id.size());
  const auto others = [&](const std::string& other) {
    return other != id && begins_so(other, std::string_view(id).substr(0, size));
  };
  while (size < id.size() && std::any_of(ids.begin(), ids.end(), others)) ++size;
  return id.substr(0, size);
}

}  // namespace devbox::commands
