package io.cattleguard.app.board;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Collections;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Who may use the board: a browser that opened an address with a token, once. From then on a cookie
 * identifies the browser and the person for whom the token was made.
 */
final class Gate {
  /** How long a token works. */
  static final Duration INVITED = Duration.ofMinutes(10);

  /** How long a browser may use the board. */
  static final Duration ENTERED = Duration.ofHours(12);

  /**
   * Maximum tokens, and maximum sessions, of a person; beyond it, that person's oldest one ends.
   */
  static final int MOST = 20;

  /**
   * Maximum of all people together. Beyond it, the identity with the most sessions loses its
   * oldest, so a person who uses many names cannot end other people's sessions.
   */
  static final int MOST_OF_ALL = 400;

  /**
   * A page of another origin cannot make a browser name these hosts, whatever its own name resolves
   * to. The port may be that of a tunnel.
   */
  private static final Pattern HOST = Pattern.compile("(127\\.0\\.0\\.1|localhost)(:[0-9]{1,5})?");

  private static final int BYTES = 32;

  private final SecureRandom random;
  private final InstantSource clock;
  private final String cookie;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Deque<Invitation> invitations = new ArrayDeque<>();

  @GuardedBy("lock")
  private final Deque<Session> sessions = new ArrayDeque<>();

  private record Invitation(String token, Person person, Instant end) {}

  /**
   * A gate of one board.
   *
   * @param cookie a name that no other board of this host has, because browsers share cookies
   *     between the ports of a host
   */
  Gate(SecureRandom random, InstantSource clock, String cookie) {
    this.random = random;
    this.clock = clock;
    this.cookie = cookie;
  }

  private String secret() {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** Makes a token for a browser of that person. */
  String invite(Person person) {
    Instant now = clock.instant();
    Invitation next = new Invitation(secret(), person, now.plus(INVITED));
    lock.lock();
    try {
      forget(now);
      makeRoom(invitations, Invitation::person, person);
      invitations.addLast(next);
    } finally {
      lock.unlock();
    }
    return next.token();
  }

  /** Uses a token up. Returns the session that it opens, if it is valid. */
  Optional<Session> enter(String given) {
    Instant now = clock.instant();
    lock.lock();
    try {
      forget(now);
      Optional<Invitation> found =
          invitations.stream().filter(one -> same(one.token(), given)).findFirst();
      if (found.isEmpty()) {
        return Optional.empty();
      }
      invitations.remove(found.get());
      makeRoom(sessions, Session::person, found.get().person());
      Session next = new Session(found.get().person(), secret(), secret(), now.plus(ENTERED));
      sessions.addLast(next);
      return Optional.of(next);
    } finally {
      lock.unlock();
    }
  }

  /** Ends the oldest ones, so that there is room for one more of that person. */
  private static <T> void makeRoom(Deque<T> all, Function<T, Person> whose, Person next) {
    if (all.stream().map(whose).filter(next::equals).count() >= MOST) {
      removeOldest(all, one -> whose.apply(one).equals(next));
    }
    if (all.size() >= MOST_OF_ALL) {
      Map<String, Long> counts =
          all.stream()
              .map(whose)
              .collect(Collectors.groupingBy(Gate::identity, Collectors.counting()));
      long most = Collections.max(counts.values());
      removeOldest(all, one -> counts.getOrDefault(identity(whose.apply(one)), 0L) == most);
    }
  }

  private static <T> void removeOldest(Deque<T> all, Predicate<T> which) {
    all.stream().filter(which).findFirst().ifPresent(all::remove);
  }

  /** People choose their names; the identity is verified, where there is one. */
  private static String identity(Person person) {
    return person.identity().isEmpty() ? person.by() : person.identity();
  }

  /** The session of the browser, if it has one. */
  Optional<Session> session(Request request) {
    Optional<String> given = request.cookie(cookie);
    if (given.isEmpty()) {
      return Optional.empty();
    }
    lock.lock();
    try {
      forget(clock.instant());
      return sessions.stream().filter(one -> same(one.secret(), given.get())).findFirst();
    } finally {
      lock.unlock();
    }
  }

  /** Ends a session, so that its cookie is no longer valid. */
  void leave(Session session) {
    lock.lock();
    try {
      sessions.remove(session);
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void forget(Instant now) {
    invitations.removeIf(one -> !now.isBefore(one.end()));
    sessions.removeIf(one -> one.isOver(now));
  }

  /** The header that gives a browser its cookie. */
  String cookie(Session session) {
    return cookie + "=" + session.secret() + "; Path=/; HttpOnly; SameSite=Strict";
  }

  /** The header that deletes the cookie. */
  String noCookie() {
    return cookie + "=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0";
  }

  /** Whether the request's Host header names this machine. */
  boolean isForThisHost(Request request) {
    return request.header("Host").filter(host -> HOST.matcher(host).matches()).isPresent();
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

  /** Whether the form has the token of the session. */
  static boolean hasToken(Session session, Map<String, String> form) {
    return same(session.csrf(), form.getOrDefault("csrf", ""));
  }

  private static boolean same(String expected, String given) {
    return MessageDigest.isEqual(
        expected.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
  }
}
