package io.cattleguard.app.operate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cattleguard.deduplicate.silence.HidingPattern;
import io.cattleguard.edge.operators.Operators;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.Severity;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.respond.Operations;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.respond.ledger.OperatorOrder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests of operators cross the socket of a running server. */
final class OperatorSocketTest {
  private static final Instant NOW = Instant.parse("2026-03-02T09:15:00Z");
  private static final OperatorOrder ANN = new OperatorOrder("ann", "a \"pentest\"");

  @TempDir private Path data;
  private final InMemoryLedger ledger = new InMemoryLedger();
  private final List<String> log = new CopyOnWriteArrayList<>();
  private final List<OperatorCommand> published = new CopyOnWriteArrayList<>();
  private volatile Operators operators = Operators.DEFAULT;
  private OperatorSocket socket;

  @BeforeEach
  void listen() throws IOException {
    ledger.remember(
        new Containment(
            "isolate-pod",
            "uid-1",
            JsonNodeFactory.instance.objectNode(),
            "shell",
            NOW,
            NOW.plusSeconds(3_600),
            "{}"));
    Operations operations = new Operations(Map.of("", ledger));
    InstantSource clock = InstantSource.fixed(NOW);
    Operator real =
        new CommandingOperator(
            new LedgerOperator(operations, clock),
            (verb, identity) -> operators.allow(verb, identity),
            published::add,
            clock);
    socket = OperatorSocket.listen(data, real, log::add);
  }

  @AfterEach
  void close() {
    socket.close();
  }

  private OperatorReply ask(OperatorRequest request) {
    return new SocketOperator(data).ask(request);
  }

  @Test
  void eachRequestIsReadAsItWasWritten() {
    for (OperatorRequest request :
        List.of(
            new OperatorRequest.Containments(),
            new OperatorRequest.Containments(true),
            new OperatorRequest.Stop(ANN),
            new OperatorRequest.Resume(ANN),
            new OperatorRequest.Undo("isolate-pod/uid-1", ANN),
            new OperatorRequest.Extend("isolate-pod/uid-1", Duration.ofHours(4), ANN),
            new SilenceRequest.All(),
            new SilenceRequest.End("1f2e3d4c", ANN),
            new SilenceRequest.Set(
                HidingPattern.ofProblem("f00d"), ANN, NOW, Optional.empty(), false, true, false),
            new SilenceRequest.Set(
                HidingPattern.ofProblem("f00d"),
                ANN,
                NOW,
                Optional.of(Severity.FATAL),
                true,
                false,
                true))) {
      assertEquals(request, OperatorRequest.read(request.toJson()));
    }
  }

  @Test
  void promise14AContainmentIsListedExtendedAndUndone() {
    OperatorReply listed = ask(new OperatorRequest.Containments());
    assertEquals("isolate-pod/uid-1", listed.results().getFirst().object().path("id").asText());

    assertTrue(
        ask(new OperatorRequest.Extend("isolate-pod/uid-1", Duration.ofHours(2), ANN)).success());
    assertEquals(NOW.plusSeconds(3 * 3_600), ledger.live().getFirst().until());
    assertTrue(ask(new OperatorRequest.Undo("isolate-pod/uid-1", ANN)).success());
    assertEquals(ANN, ledger.live().getFirst().undo().orElseThrow());
    assertEquals(2, log.size(), "what changes something is logged");
  }

  @Test
  void promise14TheKillSwitchIsTurnedOnAndOff() {
    assertTrue(ask(new OperatorRequest.Stop(ANN)).success());
    assertTrue(ledger.halted());
    assertEquals(ANN.reason(), ledger.killSwitch().orElseThrow().reason());
    assertTrue(ask(new OperatorRequest.Resume(ANN)).success());
    assertFalse(ledger.halted());
  }

  @Test
  void anUnknownContainmentAndAnythingElseIsRefusedWithTheReason() throws IOException {
    assertEquals(
        "no containment nothing is in force. Try: cattleguard containments",
        ask(new OperatorRequest.Undo("nothing", ANN)).note().orElseThrow());
    assertEquals("not a request: not JSON", raw("{").path("note").asText());
    assertEquals("not a request: command: expected a text", raw("[]").path("note").asText());
    assertEquals(
        "not a request: by: expected a text", raw("{\"command\":\"stop\"}").path("note").asText());
    assertEquals(
        "not a request: for: expected a positive duration such as PT4H",
        raw("{\"command\":\"extend\",\"id\":\"x\",\"for\":\"PT-4H\"}").path("note").asText());
    assertFalse(ledger.halted());
  }

  private JsonNode raw(String line) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(OperatorSocket.path(data)));
      channel.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
      return JsonMapper.builder().build().readTree(OperatorSocket.line(channel));
    }
  }

  @Test
  void aKilledServersSocketIsReplacedAndAnEndedServerIsNamed() throws IOException {
    // The file of a socket stays when its process is killed.
    Path path = OperatorSocket.path(data);
    Files.move(path, path.resolveSibling("kept"));
    socket.close();
    Files.move(path.resolveSibling("kept"), path);
    assertTrue(
        ask(new OperatorRequest.Containments()).note().orElseThrow().startsWith("cannot reach"));

    listen();
    assertTrue(ask(new OperatorRequest.Containments()).success());
    socket.close();
    assertTrue(
        ask(new OperatorRequest.Containments())
            .note()
            .orElseThrow()
            .startsWith("no cattleguard up uses --data"));
  }

  @Test
  void aServerThatClosesTheConnectionWithoutAReplyIsNamed() throws Exception {
    socket.close();
    try (ServerSocketChannel ending = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      ending.bind(UnixDomainSocketAddress.of(OperatorSocket.path(data)));
      Thread closes =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (SocketChannel client = ending.accept()) {
                      String unused = OperatorSocket.line(client);
                    } catch (IOException e) {
                      throw new UncheckedIOException(e);
                    }
                  });

      assertEquals(
          "cannot reach the server that uses --data " + data + ": no reply",
          ask(new OperatorRequest.Containments()).note().orElseThrow());
      closes.join();
    }
  }

  @Test
  void anUnavailableLedgerIsToldAndTheNextRequestIsAnswered() throws IOException {
    socket.close();
    boolean[] away = {true};
    Operator real =
        new LedgerOperator(new Operations(Map.of("", ledger)), InstantSource.fixed(NOW));
    socket =
        OperatorSocket.listen(
            data,
            (request, identity) -> {
              if (away[0]) {
                throw new Unavailable("the disk is full");
              }
              return real.ask(request, identity);
            },
            log::add);

    assertEquals(
        "the state in --data cannot be used: the disk is full",
        ask(new OperatorRequest.Stop(ANN)).note().orElseThrow());
    away[0] = false;
    assertTrue(ask(new OperatorRequest.Stop(ANN)).success());
  }

  @Test
  void theKernelSaysWhoAsksAndThePolicyWhetherThatPersonMay() {
    String identity = "unix:" + System.getProperty("user.name");

    assertTrue(
        ask(new OperatorRequest.Stop(new OperatorOrder("somebody else", "drill"))).success());
    assertEquals(
        new OperatorCommand.Who(identity, Optional.of("somebody else")),
        published.getFirst().who());
    assertTrue(log.getLast().startsWith("operator      " + identity + " {"), log.getLast());

    operators = new Operators(Map.of(OperatorCommand.Verb.RESUME, List.of()));
    OperatorReply refused = ask(new OperatorRequest.Resume(ANN));
    assertEquals(
        Optional.of(identity + " may not resume: see operators in settings.yaml"), refused.note());
    assertTrue(ledger.halted());
    assertEquals(2, published.size());
    assertEquals(refused.note(), published.getLast().ignored());
    assertEquals(OperatorCommand.Verb.RESUME, published.getLast().command());
  }

  @Test
  void theKillSwitchIsReadWithoutTheContainments() {
    assertEquals(List.of(), ask(new OperatorRequest.Containments(true)).results());
    assertTrue(ask(new OperatorRequest.Stop(ANN)).success());
    List<OperatorReply.Result> results = ask(new OperatorRequest.Containments(true)).results();
    assertEquals(1, results.size());
    assertTrue(results.getFirst().object().path("killSwitch").asBoolean(), results::toString);
  }

  @Test
  void eachCommandThatThePolicyForbidsChangesNothingAndIsReported() {
    operators =
        new Operators(
            Arrays.stream(OperatorCommand.Verb.values())
                .collect(Collectors.toMap(verb -> verb, verb -> List.of())));
    Set<OperatorCommand.Verb> reported = EnumSet.noneOf(OperatorCommand.Verb.class);
    for (OperatorRequest request :
        List.of(
            new OperatorRequest.Stop(ANN),
            new OperatorRequest.Resume(ANN),
            new OperatorRequest.Undo("isolate-pod/uid-1", ANN),
            new OperatorRequest.Extend("isolate-pod/uid-1", Duration.ofHours(4), ANN),
            new OperatorRequest.Decide(true, "blue/isolate-pod/1f8a", ANN),
            new OperatorRequest.Decide(false, "blue/isolate-pod/1f8a", ANN),
            new SilenceRequest.End("1f2e3d4c", ANN),
            new SilenceRequest.Set(
                HidingPattern.ofProblem("f00d"),
                ANN,
                NOW.plusSeconds(60),
                Optional.empty(),
                true,
                false,
                false))) {
      OperatorReply reply = ask(request);
      assertFalse(reply.success(), request::toString);
      OperatorCommand event = published.getLast();
      assertEquals(reply.note(), event.ignored());
      assertFalse(event.isOpen());
      assertEquals(event.write(), OperatorCommand.read(event.write()).write().put("hops", 0));
      assertTrue(reported.add(event.command()), request::toString);
    }
    assertEquals(EnumSet.allOf(OperatorCommand.Verb.class), reported);
    assertFalse(ledger.halted());
  }

  @Test
  void aForbiddenExtensionBeyondTheEndOfTimeIsReportedToo() {
    operators = new Operators(Map.of(OperatorCommand.Verb.EXTEND, List.of()));

    OperatorReply reply =
        ask(
            new OperatorRequest.Extend(
                "isolate-pod/uid-1", Duration.ofSeconds(Long.MAX_VALUE), ANN));

    assertFalse(reply.success());
    assertEquals(reply.note(), published.getLast().ignored());
    assertEquals(OperatorCommand.Verb.EXTEND, published.getLast().command());
  }
}
