package io.cattleguard.app.board;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;

/**
 * Who may use the board: the browser that first opened the address with the token. The token then
 * means nothing any more, and a cookie stands for the browser.
 */
final class Gate {
  /**
   * A page of another origin cannot make a browser name these hosts, whatever its own name resolves
   * to. The port may be that of a tunnel.
   */
  private static final Pattern HOST = Pattern.compile("(127\\.0\\.0\\.1|localhost)(:[0-9]{1,5})?");

  private static final int BYTES = 32;

  private final AtomicReference<String> token;
  private final String session;
  private final String csrf;
  private final String cookie;

  /** With the port, because browsers share cookies between the ports of a host. */
  Gate(SecureRandom random, int port) {
    this.token = new AtomicReference<>(secret(random));
    this.session = secret(random);
    this.csrf = secret(random);
    this.cookie = "cattleguard-board-" + port;
  }

  private static String secret(SecureRandom random) {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** The token of the first address. */
  String token() {
    return token.get();
  }

  /** The token of every form. */
  String csrf() {
    return csrf;
  }

  /** Whether the request names this machine. */
  boolean isForThisHost(Request request) {
    return request.header("Host").filter(host -> HOST.matcher(host).matches()).isPresent();
  }

  /** Uses the token up. Returns the cookie's header if it was right. */
  Optional<String> enter(String given) {
    String expected = token.get();
    return !expected.isEmpty() && same(expected, given) && token.compareAndSet(expected, "")
        ? Optional.of(cookie + "=" + session + "; Path=/; HttpOnly; SameSite=Strict")
        : Optional.empty();
  }

  /** Whether the browser has entered. */
  boolean isEntered(Request request) {
    return request.cookie(cookie).filter(value -> same(session, value)).isPresent();
  }

  /** Whether a page of the board sent the form, as far as the browser says where it comes from. */
  boolean isFromThePages(Request request) {
    boolean isSameSite =
        !request.has("Sec-Fetch-Site")
            || request.header("Sec-Fetch-Site").filter("same-origin"::equals).isPresent();
    boolean isSameOrigin =
        !request.has("Origin")
            || request
                .header("Origin")
                .equals(request.header("Host").map(host -> "http://" + host));
    return isSameSite && isSameOrigin;
  }

  /** Whether the form has the token. */
  boolean hasToken(Map<String, String> form) {
    return same(csrf, form.getOrDefault("csrf", ""));
  }

  private static boolean same(String expected, String given) {
    return MessageDigest.isEqual(
        expected.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
  }
}
