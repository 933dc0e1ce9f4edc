package io.cattleguard.app.slack;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import io.cattleguard.route.http.FakeServer;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * A fake of Slack's Socket Mode: {@code apps.connections.open}, and the WebSocket that it names. A
 * message that is not acknowledged is delivered again over the next connection, in the same
 * envelope.
 */
public final class FakeSocketMode extends FakeServer {
  /** The app-level token that it accepts. */
  public static final String TOKEN = "xapp-1-token-of-a-test";

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(90);

  private final ServerSocket sockets;
  private final List<Link> links = new ArrayList<>();
  private final Map<String, ObjectNode> unacknowledged = new LinkedHashMap<>();
  private final Map<String, JsonNode> acknowledged = new LinkedHashMap<>();
  private final AtomicInteger greetings = new AtomicInteger();
  private final AtomicInteger pongs = new AtomicInteger();
  private int tickets;
  private boolean silent;
  private int others;

  // A connection needs the port, which nobody knows before the constructor ends.
  @SuppressWarnings("this-escape")
  public FakeSocketMode() {
    try {
      sockets = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread unused = Thread.ofVirtual().start(this::accept);
  }

  /** One WebSocket. */
  private final class Link implements Closeable {
    private final Socket socket;
    private final OutputStream out;
    private boolean open = true;

    private Link(Socket socket) throws IOException {
      this.socket = socket;
      this.out = socket.getOutputStream();
    }

    private synchronized void frame(int opcode, byte[] body) throws IOException {
      ByteArrayOutputStream frame = new ByteArrayOutputStream();
      frame.write(0x80 | opcode);
      if (body.length < 126) {
        frame.write(body.length);
      } else if (body.length < 65_536) {
        frame.write(126);
        frame.write(body.length >> 8);
        frame.write(body.length);
      } else {
        frame.write(127);
        for (int shift = 56; shift >= 0; shift -= 8) {
          frame.write((int) ((long) body.length >> shift));
        }
      }
      frame.write(body);
      out.write(frame.toByteArray());
      out.flush();
    }

    private void text(String text) {
      try {
        frame(1, text.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        close();
      }
    }

    private void serve() {
      try (socket) {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        String key = "";
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
          if (line.toLowerCase(java.util.Locale.ROOT).startsWith("sec-websocket-key:")) {
            key = line.substring(line.indexOf(':') + 1).strip();
          }
          if (line.startsWith("GET ") && !line.contains("ticket=")) {
            violation("no ticket");
          }
        }
        out.write(
            ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Accept: "
                    + accept(key)
                    + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        greet(this);
        while (true) {
          int opcode = in.readUnsignedByte() & 0x0f;
          int length = in.readUnsignedByte() & 0x7f;
          if (length == 126) {
            length = in.readUnsignedShort();
          } else if (length == 127) {
            length = (int) in.readLong();
          }
          byte[] mask = in.readNBytes(4);
          byte[] body = in.readNBytes(length);
          for (int i = 0; i < body.length; i++) {
            body[i] ^= mask[i % 4];
          }
          switch (opcode) {
            case 1 -> receive(new String(body, StandardCharsets.UTF_8));
            case 8 -> {
              return;
            }
            case 9 -> {
              if (!silent) {
                frame(10, body);
              }
            }
            case 10 -> pongs.incrementAndGet();
            default -> violation("opcode " + opcode);
          }
        }
      } catch (IOException e) {
        // The client is disconnected.
      } finally {
        close();
      }
    }

    @Override
    public void close() {
      open = false;
      try {
        socket.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static String line(DataInputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.readUnsignedByte(); c != '\n'; c = in.readUnsignedByte()) {
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  private static String accept(String key) {
    try {
      return Base64.getEncoder()
          .encodeToString(
              MessageDigest.getInstance("SHA-1")
                  .digest((key + MAGIC).getBytes(StandardCharsets.US_ASCII)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private void accept() {
    while (true) {
      try {
        Link link = new Link(sockets.accept());
        Thread unused = Thread.ofVirtual().start(link::serve);
      } catch (IOException e) {
        return;
      }
    }
  }

  private synchronized void greet(Link link) {
    links.removeIf(one -> !one.open);
    links.add(link);
    if (silent) {
      return;
    }
    link.text(
        "{\"type\":\"hello\",\"num_connections\":"
            + (links.size() + others)
            + ",\"debug_info\":{\"host\":\"applink-1\"},\"connection_info\":{\"app_id\":\"A0\"}}");
    greetings.incrementAndGet();
    unacknowledged.values().forEach(one -> link.text(one.toString()));
  }

  private synchronized void receive(String text) throws IOException {
    JsonNode in = JSON.readTree(text);
    String id = in.path("envelope_id").asText();
    if (unacknowledged.remove(id) == null && !acknowledged.containsKey(id)) {
      violation("acknowledges what was not sent: " + text);
    }
    if (in.has("payload") && !answerable(id)) {
      violation("an answer where Slack takes none: " + text);
    }
    acknowledged.put(id, in);
  }

  private static boolean answerable(String id) {
    return id.startsWith("slash");
  }

  @Override
  protected Scripted receive(HttpExchange exchange, byte[] body) {
    if (!exchange.getRequestURI().getPath().equals("/api/apps.connections.open")) {
      violation("unknown method " + exchange.getRequestURI().getPath());
    }
    if (!("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
      return new Scripted(200, "{\"ok\":false,\"error\":\"invalid_auth\"}");
    }
    tickets++;
    return new Scripted(
        200,
        "{\"ok\":true,\"url\":\"ws://127.0.0.1:"
            + sockets.getLocalPort()
            + "/link/?ticket=secret-"
            + tickets
            + "&app_id=A0\"}");
  }

  /** The base URL of its methods. */
  public String api() {
    return address() + "/api";
  }

  /** Delivers an interactive payload, now or over the next connection; returns the envelope. */
  public String press(JsonNode payload) {
    return deliver("interactive", payload, false);
  }

  /** Delivers a slash command. */
  public String type(JsonNode payload) {
    return deliver("slash_commands", payload, true);
  }

  /** Delivers a payload in an envelope of that type. */
  public synchronized String deliver(String type, JsonNode payload, boolean answerable) {
    String id = (answerable ? "slash-" : "press-") + (unacknowledged.size() + acknowledged.size());
    ObjectNode envelope = JSON.createObjectNode();
    envelope.put("envelope_id", id).put("type", type).set("payload", payload);
    envelope.put("accepts_response_payload", answerable);
    unacknowledged.put(id, envelope);
    send(envelope.toString());
    return id;
  }

  /** Sends a text as it is over the newest connection. */
  public synchronized void send(String text) {
    newest().ifPresent(link -> link.text(text));
  }

  /** Sends a frame of another kind. */
  public synchronized void sendBinary(byte[] body) throws IOException {
    newest().orElseThrow().frame(2, body);
  }

  /** Asks whether the other side is still there. */
  public synchronized void ping() throws IOException {
    newest().orElseThrow().frame(9, new byte[] {1});
  }

  private Optional<Link> newest() {
    return links.stream().filter(one -> one.open).reduce((one, two) -> two);
  }

  /** Says that it closes the connection, and why. */
  public void disconnect(String reason) {
    send("{\"type\":\"disconnect\",\"reason\":\"" + reason + "\",\"debug_info\":{}}");
  }

  /** Closes all connections without a close message. */
  public synchronized void cut() {
    links.forEach(Link::close);
  }

  /** Sets whether it neither sends {@code hello} nor answers pings. */
  public synchronized void silent(boolean so) {
    silent = so;
  }

  /** That many other processes use the same token. */
  public synchronized void others(int count) {
    others = count;
  }

  /** The number of connections to which it sent {@code hello}. */
  public int greetings() {
    return greetings.get();
  }

  /** How many pongs came. */
  public int pongs() {
    return pongs.get();
  }

  /** How many connections are open. */
  public synchronized long open() {
    return links.stream().filter(one -> one.open).count();
  }

  /** The acknowledgement of an envelope, if it came. */
  public synchronized Optional<JsonNode> acknowledgement(String envelope) {
    return Optional.ofNullable(acknowledged.get(envelope));
  }

  /** Forgets that an envelope was acknowledged, and delivers it again. */
  public synchronized void deliverAgain(String envelope, String type, JsonNode payload) {
    ObjectNode again = JSON.createObjectNode();
    again.put("envelope_id", envelope).put("type", type).set("payload", payload);
    again.put("accepts_response_payload", answerable(envelope)).put("retry_attempt", 1);
    acknowledged.remove(envelope);
    unacknowledged.put(envelope, again);
    send(again.toString());
  }

  /**
   * Delivers again what was not acknowledged, as Slack does after three seconds. A server that was
   * busy for so long leaves the first delivery to the second one.
   */
  public synchronized void deliverUnacknowledged() {
    newest()
        .ifPresent(
            link -> unacknowledged.values().forEach(envelope -> link.text(envelope.toString())));
  }

  /** All envelopes that were acknowledged. */
  public synchronized List<String> acknowledged() {
    return List.copyOf(acknowledged.keySet());
  }

  /** Waits for the acknowledgement of an envelope. */
  public JsonNode await(String envelope) {
    await(() -> acknowledgement(envelope).isPresent(), "no acknowledgement of " + envelope);
    return acknowledgement(envelope).orElseThrow();
  }

  /** Waits until a condition is true. */
  public static void await(BooleanSupplier condition, String otherwise) {
    long until = System.nanoTime() + PATIENCE;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > until) {
        throw new AssertionError(otherwise);
      }
      Thread.onSpinWait();
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError(e);
      }
    }
  }

  /** Stops everything; {@link #close} stops only the HTTP server. */
  public void end() {
    cut();
    close();
    try {
      sockets.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
