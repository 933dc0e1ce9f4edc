package io.cattleguard.app.operate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.port.Unavailable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.Consumer;
import jdk.net.ExtendedSocketOptions;

/**
 * Takes requests of operators on a Unix domain socket: one line of JSON, answered by another one.
 * The directory of the socket belongs to the server's user alone, so only that user and root can
 * connect. The kernel names the connected user.
 */
public final class OperatorSocket implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int LONGEST_REQUEST = 64 << 10;

  private final Path path;
  private final ServerSocketChannel server;
  private final Operator operator;
  private final Consumer<String> log;
  private volatile boolean closed;

  private OperatorSocket(
      Path path, ServerSocketChannel server, Operator operator, Consumer<String> log) {
    this.path = path;
    this.server = server;
    this.operator = operator;
    this.log = log;
  }

  /**
   * Listens in a data directory that no other process uses.
   *
   * @param log receives a line per command
   * @throws IOException if the socket cannot be created, for example because its path is too long
   */
  public static OperatorSocket listen(Path data, Operator operator, Consumer<String> log)
      throws IOException {
    Path path = path(data);
    Path folder = path.getParent();
    try {
      Files.createDirectory(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException e) {
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    }
    // A killed process leaves its socket.
    Files.deleteIfExists(path);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      server.bind(UnixDomainSocketAddress.of(path));
    } catch (IOException e) {
      server.close();
      throw e;
    }
    OperatorSocket socket = new OperatorSocket(path, server, logged(operator, log), log);
    Thread unused = Thread.ofVirtual().name("operators").start(socket::accept);
    return socket;
  }

  /** An operator that also writes a line per command, wherever the command comes from. */
  public static Operator logged(Operator operator, Consumer<String> log) {
    return (request, identity) -> {
      OperatorReply reply = operator.ask(request, identity);
      if (!request.isQuestion()) {
        log.accept(
            "operator      "
                + identity
                + " "
                + request.toJson()
                + (reply.success() ? "" : ", refused"));
      }
      return reply;
    };
  }

  static Path path(Path data) {
    return data.resolve("operate").resolve("socket");
  }

  private void accept() {
    while (true) {
      SocketChannel client;
      try {
        client = server.accept();
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        log.accept("operators cannot connect any more: " + e.getMessage());
        return;
      }
      if (closed) {
        // The accept call that was waiting during the close may have accepted one more client.
        refuse(client);
        return;
      }
      Thread unused = Thread.ofVirtual().start(() -> serve(client));
    }
  }

  private void refuse(SocketChannel client) {
    try {
      client.close();
    } catch (IOException e) {
      log.accept("a request of an operator was cut off: " + e.getMessage());
    }
  }

  private void serve(SocketChannel client) {
    try (client) {
      String identity =
          "unix:" + client.getOption(ExtendedSocketOptions.SO_PEERCRED).user().getName();
      byte[] reply = JSON.writeValueAsBytes(answer(line(client), identity).toJson());
      ByteBuffer out = ByteBuffer.wrap(reply);
      while (out.hasRemaining()) {
        client.write(out);
      }
    } catch (IOException e) {
      log.accept("a request of an operator was cut off: " + e.getMessage());
    }
  }

  private OperatorReply answer(String line, String identity) {
    OperatorRequest request;
    try {
      request = OperatorRequest.read(JSON.readTree(line));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      return OperatorReply.failed(
          "not a request: "
              + (e instanceof IllegalArgumentException ? e.getMessage() : "not JSON"));
    }
    try {
      return operator.ask(request, identity);
    } catch (Unavailable e) {
      return OperatorReply.failed("the state in --data cannot be used: " + e.getMessage());
    } catch (RuntimeException e) {
      return OperatorReply.failed("an unexpected error: " + e.getClass().getSimpleName());
    }
  }

  /** Reads until the end of the line. */
  static String line(SocketChannel channel) throws IOException {
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(4_096);
    while (channel.read(buffer.clear()) >= 0) {
      buffer.flip();
      while (buffer.hasRemaining()) {
        byte one = buffer.get();
        if (one == '\n') {
          return read.toString(StandardCharsets.UTF_8);
        }
        read.write(one);
      }
      if (read.size() > LONGEST_REQUEST) {
        throw new IOException("it has more than " + LONGEST_REQUEST + " bytes");
      }
    }
    return read.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    closed = true;
    try {
      server.close();
      Files.deleteIfExists(path);
    } catch (IOException e) {
      log.accept("the operators' socket was not removed: " + e.getMessage());
    }
  }
}
