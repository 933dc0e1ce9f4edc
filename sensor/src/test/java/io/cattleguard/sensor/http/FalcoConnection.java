package io.cattleguard.sensor.http;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/** A connection that posts as Falco's libcurl does: keep-alive, one request after another. */
public final class FalcoConnection implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(10);

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final String head;
  private boolean ended;

  private FalcoConnection(Socket socket, InetSocketAddress address) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream(), 1_024);
    this.out = socket.getOutputStream();
    this.head =
        "POST / HTTP/1.1\r\nHost: "
            + address.getAddress().getHostAddress()
            + ":"
            + address.getPort()
            + "\r\nUser-Agent: falcosecurity/falco\r\nAccept: */*\r\n"
            + "Content-Type: application/json\r\nContent-Length: ";
  }

  /** Connects. */
  public static FalcoConnection open(InetSocketAddress address, Duration patience)
      throws IOException {
    Socket socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) patience.toMillis());
      socket.connect(address, (int) CONNECT.toMillis());
      return new FalcoConnection(socket, address);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Whether the server announced that it closes the connection. */
  public boolean isEnded() {
    return ended;
  }

  /** Posts a body and returns the answer's status. */
  public int post(byte[] body) throws IOException {
    byte[] start = (head + body.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
    byte[] request = new byte[start.length + body.length];
    System.arraycopy(start, 0, request, 0, start.length);
    System.arraycopy(body, 0, request, start.length, body.length);
    send(request);
    return answer();
  }

  /** Sends the bytes unchanged. */
  public void send(byte[] bytes) throws IOException {
    out.write(bytes);
  }

  /** Reads one answer and returns its status. */
  public int answer() throws IOException {
    String first = line();
    String[] parts = first.split(" ", 3);
    if (!first.startsWith("HTTP/1.") || parts.length < 2) {
      throw new IOException("no HTTP answer: " + first);
    }
    long length = 0;
    for (String header = line(); !header.isEmpty(); header = line()) {
      String lower = header.toLowerCase(Locale.ROOT);
      if (lower.startsWith("content-length:")) {
        length = Long.parseLong(lower.substring(lower.indexOf(':') + 1).strip());
      } else if (lower.startsWith("connection:") && lower.contains("close")) {
        ended = true;
      }
    }
    in.skipNBytes(length);
    return Integer.parseInt(parts[1]);
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder(64);
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("hung up");
      }
      if (next != '\r') {
        line.append((char) next);
      }
    }
    return line.toString();
  }

  /** The next byte, or -1 if the server closed the connection. */
  int next() throws IOException {
    return in.read();
  }

  /** Closes the connection without a message. */
  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
