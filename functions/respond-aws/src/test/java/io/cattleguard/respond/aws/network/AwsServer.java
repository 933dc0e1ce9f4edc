package io.cattleguard.respond.aws.network;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.cattleguard.aws.AwsClients;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/**
 * A fake of AWS's APIs. It records requests, and gives the next of its prepared responses, or the
 * last one again: {@code 503 <xml>}, {@code hang up} or {@code say nothing}.
 */
public final class AwsServer implements AutoCloseable {
  private final BiFunction<HttpExchange, String, String> said;
  private final HttpServer server;

  /** The requests that it received. */
  public final List<String> asked = new ArrayList<>();

  /** The responses that it will give. */
  public final List<String> answers = new ArrayList<>();

  /** The header {@code Authorization} of each request. */
  public final List<String> signatures = new ArrayList<>();

  /** Headers of each answer. */
  public final Map<String, String> headers = new HashMap<>();

  /**
   * Starts it.
   *
   * @param said what it records of a request and its body
   */
  public AwsServer(BiFunction<HttpExchange, String, String> said) throws IOException {
    this.said = said;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  /** The parameters of a request of AWS's Query protocol, sorted. */
  public static String query(HttpExchange exchange, String body) {
    return URLDecoder.decode(
        Arrays.stream(body.split("&", -1)).sorted().collect(Collectors.joining("&")),
        StandardCharsets.UTF_8);
  }

  /**
   * Clients that call this server instead of those services.
   *
   * @param endpoints the environment variables that name the endpoints
   */
  public AwsClients clients(String... endpoints) {
    Map<String, String> environment =
        new HashMap<>(Map.of("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY", "none"));
    for (String endpoint : endpoints) {
      environment.put(endpoint, "http://127.0.0.1:" + server.getAddress().getPort());
    }
    return AwsClients.of(name -> Optional.ofNullable(environment.get(name))).in(Account.REGION);
  }

  private synchronized void answer(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    asked.add(said.apply(exchange, body));
    signatures.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
    String next = answers.size() > 1 ? answers.removeFirst() : answers.getFirst();
    if (next.equals("say nothing")) {
      return;
    }
    if (next.equals("hang up")) {
      exchange.close();
      return;
    }
    byte[] bytes = next.substring(4).getBytes(StandardCharsets.UTF_8);
    headers.forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
    exchange.sendResponseHeaders(
        Integer.parseInt(next.substring(0, 3)), bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
