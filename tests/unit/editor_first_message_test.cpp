#include "editor/first_message.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

namespace devbox::editor {
namespace {

std::string message(const std::string& content) {
  return fmt::format("Content-Length: {}\r\n\r\n{}", content.size(), content);
}

std::string passed_on(const std::string& content) {
  return without_process_id(message(content)).bytes;
}

const std::string kInitialize =
    R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":4242,"rootUri":"file:///x"}})";

TEST_CASE("the process id of an initialize request becomes null, and its length what it is then") {
  const Opening opening = without_process_id(message(kInitialize));
  CHECK(opening.editor == 4242);
  // As many bytes as before: the next one is longer.
  CHECK(
      opening.bytes ==
      message(
          R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null,"rootUri":"file:///x"}})"));
  CHECK(passed_on(R"({"params":{"processId":4194304},"method":"initialize"})") ==
        message(R"({"params":{"processId":null},"method":"initialize"})"));
  CHECK(passed_on(R"({"params":{"processId":1},"method":"initialize"})") ==
        message(R"({"params":{"processId":null},"method":"initialize"})"));
}

TEST_CASE("every byte but these stays") {
  const std::string header =
      "content-length:  {}  \r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n";
  const std::string begin = "{ \"params\" : {\t\"x\": {\"processId\": 7}, \"\\u0070rocessId\" : ";
  const std::string end =
      " , \"processId2\":8,\"n\":1e5, \"t\":\"\\ud83d\\ude00 \\/ é\"},\r\n "
      "\"method\":\"initi\\u0061lize\" }";
  const std::string behind = "Content-Length: 3\r\n\r\n{}\n";
  const std::string content = begin + "123456" + end;
  const std::string changed = begin + "null" + end;
  CHECK(without_process_id(fmt::format(fmt::runtime(header), content.size()) + content + behind)
            .bytes == fmt::format(fmt::runtime(header), changed.size()) + changed + behind);
}

TEST_CASE("what is no initialize request is passed on as it is") {
  const std::string rows[] = {
      R"({"method":"initialized","params":{"processId":1}})",
      R"({"method":"initialize","params":[{"processId":1}]})",
      R"({"method":"initialize","params":{"x":{"processId":1}}})",
      R"({"method":"initialize","processId":1,"params":{}})",
      R"({"method":"initialize","params":{"processId":null}})",
      R"({"method":"initialize","params":{"processId":{"a":1}}})",
      R"({"method":["initialize"],"params":{"processId":1}})",
      R"([{"method":"initialize","params":{"processId":1}}])",
      R"({"method":"initialize","params":{"processId":1})",
      R"({"method":"initialize","params":{"processId":1}} x)",
      R"({"params":{"processId":1}})",
      "no JSON",
      "",
  };
  for (const std::string& row : rows) {
    CAPTURE(row);
    CHECK(passed_on(row) == message(row));
    CHECK_FALSE(without_process_id(message(row)).editor);
  }
}

TEST_CASE("a key that is there twice is there twice no more") {
  const Opening opening = without_process_id(
      message(R"({"method":"initialize","params":{"processId":11111,"processId":"22222"}})"));
  CHECK(opening.bytes ==
        message(R"({"method":"initialize","params":{"processId":null,"processId":null}})"));
}

TEST_CASE("a number that is no process id names nobody") {
  for (const char* id : {"0", "-5", "1.5", "99999999999", "\"12\"", "true"}) {
    CAPTURE(id);
    const Opening opening = without_process_id(
        message(fmt::format(R"({{"method":"initialize","params":{{"processId":{}}}}})", id)));
    CHECK_FALSE(opening.editor);
    CHECK(opening.bytes.ends_with(R"("processId":null}})"));
  }
}

TEST_CASE("the first message is waited for, and no byte more") {
  const std::string whole = message(kInitialize);
  for (std::size_t n = 0; n < whole.size(); ++n) {
    CAPTURE(n);
    const std::size_t lacks = lacking(whole.substr(0, n));
    REQUIRE(lacks > 0);
    REQUIRE(lacks <= whole.size() - n);
    CHECK(without_process_id(whole.substr(0, n)).bytes == whole.substr(0, n));
  }
  CHECK(lacking(whole) == 0);
  CHECK(lacking(whole + "more") == 0);
}

TEST_CASE("nothing is waited for where no message can come") {
  const std::string rows[] = {
      "int main() {\n",
      "{\"method\":\"initialize\"}",
      "\r\n",
      "Content-Type: x\r\n\r\n",
      "Content-Length: 12x\r\n\r\n",
      "Content-Length: -1\r\n\r\n",
      "Content-Length: 99999999999999999999\r\n\r\n",
      "Content-Length: 67108865\r\n\r\n",
      "Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
      ": 5\r\n\r\n",
      "X: " + std::string(9000, 'x'),
      std::string("\0\0\0", 3),
  };
  for (const std::string& row : rows) {
    CAPTURE(row);
    CHECK(lacking(row) == 0);
    CHECK(without_process_id(row).bytes == row);
  }
  CHECK(lacking("Content-Length: 67108864\r\n\r\n") == 67108864);
}

}  // namespace
}  // namespace devbox::editor
