// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/role.hpp>

#include "base/result.h"

namespace usher::io {

// One byte stream for TCP, Unix sockets and TLS. Templates of Asio and Beast are instantiated once,
// on this type, which keeps their cost in compile time and code size to a third; the price at run
// time is one virtual call and one small allocation per operation.
//
// Not thread-safe; one read and one write may be under way at a time. Destroying the stream with
// operations under way is not allowed: Close it and let them end.
class Stream {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;
  using ErrorCode = boost::system::error_code;
  using IoHandler = boost::asio::any_completion_handler<void(ErrorCode, std::size_t)>;
  using DoneHandler = boost::asio::any_completion_handler<void(ErrorCode)>;
  using executor_type = boost::asio::any_io_executor;

  // Up to eight buffers of a sequence, by value; `some` operations may take a prefix.
  template <class Buffer>
  class BufferList {
   public:
    using value_type = Buffer;
    using const_iterator = const Buffer*;

    BufferList() = default;
    template <class Sequence>
    explicit BufferList(const Sequence& sequence) {
      const auto end = boost::asio::buffer_sequence_end(sequence);
      for (auto it = boost::asio::buffer_sequence_begin(sequence);
           it != end && size_ < buffers_.size(); ++it) {
        if (Buffer(*it).size() > 0) buffers_[size_++] = *it;
      }
    }
    const Buffer* begin() const { return buffers_.data(); }
    const Buffer* end() const { return buffers_.data() + size_; }

   private:
    std::array<Buffer, 8> buffers_;
    std::size_t size_ = 0;
  };
  using ReadBuffers = BufferList<boost::asio::mutable_buffer>;
  using WriteBuffers = BufferList<boost::asio::const_buffer>;

  // What each kind of stream does.
  class Transport {
   public:
    virtual ~Transport() = default;
    virtual void Read(const ReadBuffers& buffers, IoHandler handler) = 0;
    virtual void Write(const WriteBuffers& buffers, IoHandler handler) = 0;
    virtual void Handshake(DoneHandler handler) = 0;
    virtual void Teardown(boost::beast::role_type role, DoneHandler handler) = 0;
    virtual Socket& socket() = 0;
    virtual long verify_result() const { return 0; }
  };

  explicit Stream(std::unique_ptr<Transport> transport) : transport_(std::move(transport)) {}

  executor_type get_executor() { return socket().get_executor(); }
  Socket& socket() { return transport_->socket(); }

  // What OpenSSL found wrong with the peer's certificate, one of X509_V_*; X509_V_OK (0) when
  // nothing was, and on plain streams.
  long verify_result() const { return transport_->verify_result(); }

  // Ends operations under way with operation_aborted. Again is harmless.
  void Close() {
    ErrorCode ignored;
    socket().close(ignored);
  }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(ErrorCode, std::size_t)>(
        [](auto handler, Transport* transport, const ReadBuffers& list) {
          transport->Read(list, IoHandler(std::move(handler)));
        },
        token, transport_.get(), ReadBuffers(buffers));
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(ErrorCode, std::size_t)>(
        [](auto handler, Transport* transport, const WriteBuffers& list) {
          transport->Write(list, IoHandler(std::move(handler)));
        },
        token, transport_.get(), WriteBuffers(buffers));
  }

  // TLS's handshake; completes at once on plain streams.
  template <class Token>
  auto async_handshake(Token&& token) {
    return boost::asio::async_initiate<Token, void(ErrorCode)>(
        [](auto handler, Transport* transport) {
          transport->Handshake(DoneHandler(std::move(handler)));
        },
        token, transport_.get());
  }

  // Says that nothing more will be sent (for TLS with its closing alert), then reads and drops what
  // the peer still sends until it closes too. Unbounded in time: the caller has a deadline.
  void Teardown(boost::beast::role_type role, DoneHandler handler) {
    transport_->Teardown(role, std::move(handler));
  }

 private:
  std::unique_ptr<Transport> transport_;
};

// A connected socket of TCP or a Unix socket as it is.
Stream MakePlainStream(Stream::Socket socket);

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;
// The same inside TLS. A client gives the host name or address that the certificate must be for; a
// name is also sent, for servers that have several certificates.
Stream MakeTlsServerStream(Stream::Socket socket, TlsContext context);
Stream MakeTlsClientStream(Stream::Socket socket, TlsContext context, const std::string& host);

// TLS 1.2 and above. TLS_FILES_INVALID with the file and OpenSSL's reason.
Result<TlsContext> MakeTlsServerContext(const std::string& certificate_chain_file,
                                        const std::string& private_key_file);

// PEM files of a client.
struct TlsClientFiles {
  std::string ca{};           // the authorities to trust; empty: the system's
  std::string certificate{};  // its own chain, for servers that ask for one; empty: none
  std::string key{};          // of `certificate`
};
// TLS 1.2 and above. TLS_FILES_INVALID as above.
Result<TlsContext> MakeTlsClientContext(const TlsClientFiles& files);

// Beast finds these by their names and arguments.
template <class Handler>
void async_teardown(boost::beast::role_type role, Stream& stream, Handler&& handler) {
  stream.Teardown(role, Stream::DoneHandler(std::forward<Handler>(handler)));
}
inline void teardown(boost::beast::role_type, Stream& stream, boost::system::error_code& error) {
  stream.Close();
  error = {};
}
inline void beast_close_socket(Stream& stream) { stream.Close(); }

}  // namespace usher::io
