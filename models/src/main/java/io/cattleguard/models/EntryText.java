package io.cattleguard.models;

import io.cattleguard.models.Entry.Executable;
import io.cattleguard.models.Entry.Listener;
import io.cattleguard.models.Entry.Peer;
import io.cattleguard.models.Entry.PeerKind;
import io.cattleguard.models.Entry.SystemCall;
import io.cattleguard.models.Entry.WrittenFile;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes an entry as one word for a command line: {@code program:/bin/sh<-/usr/sbin/nginx}, {@code
 * listener:tcp/8080}, {@code peer:network:private:5432}, {@code file:/var/cache/x}, {@code
 * call:x64/openat}.
 */
public final class EntryText {
  private static final String PROGRAM = "program:";
  private static final String LISTENER = "listener:";
  private static final String PEER = "peer:";
  private static final String FILE = "file:";
  private static final String CALL = "call:";
  private static final String FROM = "<-";
  private static final int HIGHEST_PORT = 65_535;

  /** An ABI, if there is one, and the name of a call. */
  private static final Pattern CALL_TEXT =
      Pattern.compile("(?:(x64|i386|arm64|arm32)/)?([a-z0-9_]{1,40})");

  private static final Pattern LISTENER_TEXT = Pattern.compile("([a-z0-9]{2,8})/([a-z0-9]{1,9})");
  private static final Pattern PEER_TEXT =
      Pattern.compile("(service|dns|network):(.{1,253}?)(?::([0-9]{1,5}|any|ephemeral))?");

  private EntryText() {}

  /** The word. */
  public static String of(Entry entry) {
    return switch (entry) {
      case Executable executable ->
          PROGRAM
              + executable.path()
              + (executable.parent().isEmpty() ? "" : FROM + executable.parent());
      case Listener listener -> LISTENER + listener.protocol() + "/" + port(listener.port());
      case Peer peer ->
          PEER
              + peer.peerKind().name().toLowerCase(Locale.ROOT)
              + ":"
              + peer.name()
              + (peer.port() == Entry.NO_PORT ? "" : ":" + port(peer.port()));
      case WrittenFile file -> FILE + file.path();
      case SystemCall call -> CALL + (call.abi().isEmpty() ? "" : call.abi() + "/") + call.name();
    };
  }

  /** The entry of a word; empty if the word is none. */
  public static Optional<Entry> parse(String word) {
    if (word.startsWith(PROGRAM) && word.length() > PROGRAM.length()) {
      String text = word.substring(PROGRAM.length());
      int from = text.indexOf(FROM);
      return Optional.of(
          from < 0
              ? new Executable(text, "")
              : new Executable(text.substring(0, from), text.substring(from + FROM.length())));
    }
    if (word.startsWith(LISTENER)) {
      Matcher matcher = LISTENER_TEXT.matcher(word.substring(LISTENER.length()));
      return matcher.matches()
          ? port(matcher.group(2), false).map(port -> new Listener(matcher.group(1), port))
          : Optional.empty();
    }
    if (word.startsWith(PEER)) {
      Matcher matcher = PEER_TEXT.matcher(word.substring(PEER.length()));
      if (!matcher.matches()) {
        return Optional.empty();
      }
      PeerKind kind = PeerKind.valueOf(matcher.group(1).toUpperCase(Locale.ROOT));
      if (!Networks.isName(kind, matcher.group(2))) {
        return Optional.empty();
      }
      return (matcher.group(3) == null ? Optional.of(Entry.NO_PORT) : port(matcher.group(3), true))
          .map(port -> new Peer(kind, matcher.group(2), port));
    }
    if (word.startsWith(CALL)) {
      Matcher matcher = CALL_TEXT.matcher(word.substring(CALL.length()));
      return matcher.matches()
          ? Optional.of(
              new SystemCall(matcher.group(2), matcher.group(1) == null ? "" : matcher.group(1)))
          : Optional.empty();
    }
    return word.startsWith(FILE + "/")
        ? Optional.of(new WrittenFile(word.substring(FILE.length())))
        : Optional.empty();
  }

  /** A port as people write it. */
  public static String port(int port) {
    return switch (port) {
      case Entry.EPHEMERAL -> "ephemeral";
      case Entry.ANY_PORT -> "any";
      default -> Integer.toString(port);
    };
  }

  /** A port that people wrote; empty if it is none. */
  public static Optional<Integer> port(String text, boolean orAny) {
    if (text.equals("ephemeral")) {
      return Optional.of(Entry.EPHEMERAL);
    }
    if (text.equals("any")) {
      return orAny ? Optional.of(Entry.ANY_PORT) : Optional.empty();
    }
    boolean digits = text.length() <= 5 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    int port = digits ? Integer.parseInt(text) : 0;
    return port < 1 || port > HIGHEST_PORT ? Optional.empty() : Optional.of(port);
  }
}
