package io.cattleguard.app.operate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Lets the server that uses a data directory carry out requests. */
public final class SocketOperator {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path data;

  /** With the data directory of the server. */
  public SocketOperator(Path data) {
    this.data = data;
  }

  /** The server reads the caller's user from the kernel. */
  public OperatorReply ask(OperatorRequest request) {
    Path path = OperatorSocket.path(data);
    if (!Files.exists(path)) {
      return OperatorReply.failed(
          "no cattleguard up uses --data "
              + data
              + ", or you may not read it: run the command as the user of the server, for example"
              + " with kubectl exec");
    }
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(path));
      ByteBuffer out = ByteBuffer.wrap((request.toJson() + "\n").getBytes(StandardCharsets.UTF_8));
      while (out.hasRemaining()) {
        channel.write(out);
      }
      byte[] reply = all(channel);
      // A server that is ending accepts a connection and closes it.
      return reply.length == 0 ? unreachable("no reply") : OperatorReply.read(JSON.readTree(reply));
    } catch (JsonProcessingException e) {
      return unreachable("its reply is not JSON");
    } catch (IOException e) {
      return unreachable(String.valueOf(e.getMessage()));
    }
  }

  private OperatorReply unreachable(String why) {
    return OperatorReply.failed("cannot reach the server that uses --data " + data + ": " + why);
  }

  private static byte[] all(SocketChannel channel) throws IOException {
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(4_096);
    while (channel.read(buffer.clear()) >= 0) {
      read.write(buffer.array(), 0, buffer.position());
    }
    return read.toByteArray();
  }
}
