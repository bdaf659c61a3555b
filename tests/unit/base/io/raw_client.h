// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace usher::io {

// A blocking client that sends exactly the bytes it is told, for requests that no client library
// would send. Every wait ends after 10 s.
class RawClient {
 public:
  // The kernel's receive buffer; 0 leaves the default.
  explicit RawClient(std::uint16_t port, int receive_buffer_bytes = 0);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  // False when the server has closed the connection.
  bool Send(std::string_view bytes);
  // One response with the body that its Content-Length announces; what came before the close when
  // the server closes first.
  std::string ReadResponse(bool head_only = false);
  // Everything until the server closes.
  std::string ReadAll();
  std::string ReadBytes(std::size_t count);
  // True when the server closes (or resets) without sending more.
  bool IsClosed();
  void Close();

 private:
  bool Receive();

  int socket_ = -1;
  std::string received_;
};

// The 200 of "HTTP/1.1 200 OK"; 0 when there is none.
int StatusOf(std::string_view response);
std::string BodyOf(std::string_view response);
// The value of the first header of that name (as written); "" when there is none.
std::string HeaderOf(std::string_view response, std::string_view name);

}  // namespace usher::io
