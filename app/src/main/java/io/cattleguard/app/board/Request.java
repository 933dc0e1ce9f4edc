package io.cattleguard.app.board;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A request of a browser. */
final class Request {
  /** A reason in UTF-8, percent-encoded, with ids and tokens. */
  private static final int LONGEST_FORM = 32_768;

  private final HttpExchange exchange;

  Request(HttpExchange exchange) {
    this.exchange = exchange;
  }

  String method() {
    return exchange.getRequestMethod();
  }

  String path() {
    return exchange.getRequestURI().getPath();
  }

  /** The address without the origin. */
  String address() {
    URI uri = exchange.getRequestURI();
    return uri.getRawQuery() == null
        ? uri.getRawPath()
        : uri.getRawPath() + "?" + uri.getRawQuery();
  }

  Map<String, String> query() {
    return values(exchange.getRequestURI().getRawQuery());
  }

  /** A header that a browser sends once; empty if it is absent or repeated. */
  Optional<String> header(String name) {
    List<String> all = exchange.getRequestHeaders().get(name);
    return all == null || all.size() != 1 ? Optional.empty() : Optional.of(all.getFirst());
  }

  boolean has(String name) {
    return exchange.getRequestHeaders().containsKey(name);
  }

  /** The value of a cookie. */
  Optional<String> cookie(String name) {
    return header("Cookie").stream()
        .flatMap(all -> List.of(all.split(";", -1)).stream())
        .map(String::strip)
        .filter(one -> one.startsWith(name + "="))
        .map(one -> one.substring(name.length() + 1))
        .findFirst();
  }

  /** The form; empty if it is too long. */
  Optional<Map<String, String>> form() throws IOException {
    try (InputStream in = exchange.getRequestBody()) {
      byte[] body = in.readNBytes(LONGEST_FORM + 1);
      return body.length > LONGEST_FORM
          ? Optional.empty()
          : Optional.of(values(new String(body, StandardCharsets.UTF_8)));
    }
  }

  private static Map<String, String> values(String encoded) {
    Map<String, String> values = new LinkedHashMap<>();
    if (encoded == null || encoded.isEmpty()) {
      return values;
    }
    for (String pair : encoded.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        values.putIfAbsent(decoded(pair.substring(0, equals)), decoded(pair.substring(equals + 1)));
      }
    }
    return values;
  }

  /** Ignores what is not encoded correctly. */
  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }
}
