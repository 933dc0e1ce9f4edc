package io.cattleguard.sensor.http;

import io.cattleguard.events.HostileText;
import io.cattleguard.sensor.intake.Sender;
import io.cattleguard.sources.unwrap.Packed;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One HTTP connection: reads its pipelined requests, and decides the answer of each. */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write closes the channel
final class HttpConversation extends SimpleChannelInboundHandler<HttpObject> {
  /** The memory that a decoder needs for an incomplete head, in addition to its bytes. */
  private static final int HEAD_BYTES = 16 << 10;

  /** A header is kept as objects, which take several times its bytes. */
  private static final int HEAD_FACTOR = 4;

  private final int bodyLimit;
  private final HttpReading reading;
  private final HttpRefusals refusals;
  private final HttpClients clients;
  private final HttpAnswers answers;

  private Gate.Answer gate = new Gate.Answer.Admitted(Sender.UNPROVED);
  private Sender sender = Sender.UNPROVED;
  private HttpReply reply = HttpReply.NONE;
  private @Nullable HttpBody body;
  private @Nullable ChannelHandlerContext context;
  private boolean skipping;
  private boolean inRequest;
  private boolean isHeartbeat;
  private boolean unfinished;
  private boolean ended;
  private int pauses;
  private int head;
  private int held;
  private long beganNanos;

  HttpConversation(int bodyLimit, HttpReading reading, HttpRefusals refusals, HttpClients clients) {
    this.bodyLimit = bodyLimit;
    this.reading = reading;
    this.refusals = refusals;
    this.clients = clients;
    this.answers = new HttpAnswers(this, clients);
  }

  /** The gate's answer for the next request. */
  void answered(Gate.Answer answer) {
    gate = answer;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
    answers.writeTo(added);
  }

  @Override
  public void channelActive(ChannelHandlerContext active) {
    clients.connected(this);
    active.fireChannelActive();
  }

  @Override
  public void channelInactive(ChannelHandlerContext inactive) {
    end();
    clients.gone(this);
    inactive.fireChannelInactive();
  }

  /** Unread answers pile up here; a client that reads its answers has a few at most. */
  @Override
  public void channelWritabilityChanged(ChannelHandlerContext changed) {
    if (!changed.channel().isWritable()) {
      changed.close();
    }
  }

  /** A client without the right certificate never gets as far as a request. */
  @Override
  public void userEventTriggered(ChannelHandlerContext happening, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake
        && !handshake.isSuccess()
        && !(handshake.cause() instanceof ClosedChannelException)) {
      refusals.refused("tls", inWords(handshake.cause()), address(), System.nanoTime());
    }
    happening.fireUserEventTriggered(event);
  }

  /** Omit the message of an error about the bytes, because it quotes them. */
  private static String inWords(Throwable cause) {
    return cause instanceof NotSslRecordException
        ? "not a TLS connection"
        : "TLS handshake failed: " + HostileText.visible(String.valueOf(cause.getMessage()), 200);
  }

  @Nullable SocketAddress address() {
    return context == null ? null : context.channel().remoteAddress();
  }

  /** The memory that the incomplete request uses. */
  int heldBytes() {
    return held;
  }

  long beganNanos() {
    return beganNanos;
  }

  /** Whether the sensor, not the client, stopped the request. */
  boolean isPaused() {
    return pauses > 0;
  }

  /** Stops reading from the client until {@link #resume} is called as often. */
  void pause() {
    pauses++;
    if (context != null) {
      context.channel().config().setAutoRead(false);
    }
  }

  void resume() {
    pauses--;
    if (pauses == 0 && context != null) {
      beganNanos = System.nanoTime();
      context.channel().config().setAutoRead(true);
    }
  }

  void hangUp() {
    end();
    if (context != null) {
      context.close();
    }
  }

  /** Drops the received part of a request. */
  private void end() {
    ended = true;
    body = null;
    head = 0;
    hold();
  }

  /** Receives, after each read, the size of the incomplete head in the decoder. */
  void holds(int begun, int unread) {
    if (ended) {
      return;
    }
    head = begun == 0 && unread == 0 ? 0 : HEAD_BYTES + HEAD_FACTOR * begun + unread;
    boolean now = inRequest || head > 0;
    if (now && !unfinished) {
      beganNanos = System.nanoTime();
      clients.began(this);
    } else if (!now && unfinished) {
      clients.finished(this);
    }
    unfinished = now;
    hold();
  }

  private void hold() {
    int now = head + (body == null ? 0 : body.capacity());
    int more = now - held;
    if (more != 0) {
      held = now;
      clients.holds(this, more);
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext reader, HttpObject part) {
    if (!ended && part instanceof HttpRequest request) {
      begin(reader, request);
    }
    if (!ended && part instanceof HttpContent content) {
      go(content);
    }
  }

  private void begin(ChannelHandlerContext reader, HttpRequest request) {
    inRequest = true;
    skipping = false;
    reply = HttpReply.to(request);
    if (request.decoderResult().isFailure()) {
      turnAway(
          "malformed",
          HttpResponseStatus.BAD_REQUEST,
          "not a valid HTTP request; POST one JSON alert, or an array of alerts, to /");
      return;
    }
    if (!isAdmitted()) {
      return;
    }
    isHeartbeat = isHeartbeat(request.uri()) && reading.takesHeartbeats();
    if (!isHeartbeat && !isRoot(request.uri())) {
      turnAway("malformed", HttpResponseStatus.NOT_FOUND, "no such path; POST alerts to /");
    } else if (!request.method().equals(HttpMethod.POST)
        && !request.method().equals(HttpMethod.PUT)) {
      turnAway(
          "malformed",
          HttpResponseStatus.METHOD_NOT_ALLOWED,
          "method not allowed; POST one JSON alert, or an array of alerts");
    } else if (HttpUtil.getContentLength(request, 0L) > bodyLimit) {
      tooLarge();
    } else if (HttpEncoding.objection(request).isPresent()) {
      wrongEncoding(HttpEncoding.objection(request).get());
    } else if (HttpUtil.is100ContinueExpected(request)) {
      reader.writeAndFlush(
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
    }
  }

  /** Whether the gate admits the request; otherwise it is answered. */
  private boolean isAdmitted() {
    return switch (gate) {
      case Gate.Answer.Admitted admitted -> {
        sender = admitted.sender();
        yield true;
      }
      case Gate.Answer.Unauthorized unauthorized -> {
        turnAway("unauthorized", HttpResponseStatus.UNAUTHORIZED, unauthorized.sentence());
        yield false;
      }
      case Gate.Answer.Unknown unknown -> {
        turnAway("unverified", HttpResponseStatus.SERVICE_UNAVAILABLE, unknown.sentence());
        yield false;
      }
    };
  }

  private static boolean isRoot(String uri) {
    return uri.equals("/") || uri.startsWith("/?") || uri.isEmpty();
  }

  private static boolean isHeartbeat(String uri) {
    return uri.equals("/heartbeat") || uri.startsWith("/heartbeat?");
  }

  private void tooLarge() {
    reply = reply.last();
    turnAway(
        "too_large",
        HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
        "body larger than "
            + bodyLimit
            + " bytes; send fewer alerts per request, or raise --body-kilobytes");
  }

  private void wrongEncoding(String sentence) {
    turnAway("encoding", HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE, sentence);
  }

  /** Answers at once, and skips what is left of the request. */
  private void turnAway(String reason, HttpResponseStatus status, String sentence) {
    refusals.refused(reason, sentence, address(), System.nanoTime());
    body = null;
    hold();
    skipping = true;
    answers.answer(answers.expect(reply), status, sentence);
  }

  private void go(HttpContent content) {
    if (!inRequest) {
      return;
    }
    boolean last = content instanceof LastHttpContent;
    if (!skipping) {
      ByteBuf piece = content.content();
      HttpBody before = body;
      int length = (before == null ? 0 : before.length()) + piece.readableBytes();
      if (content.decoderResult().isFailure()) {
        reply = reply.last();
        turnAway("malformed", HttpResponseStatus.BAD_REQUEST, "the body is truncated or malformed");
      } else if (length > bodyLimit) {
        tooLarge();
      } else if (last) {
        receive(before, piece);
      } else if (piece.isReadable()) {
        HttpBody now = before == null ? new HttpBody(bodyLimit) : before;
        now.add(piece);
        body = now;
        hold();
      }
    }
    if (last) {
      inRequest = false;
      if (unfinished) {
        unfinished = false;
        clients.finished(this);
      }
    }
  }

  private void receive(@Nullable HttpBody before, ByteBuf last) {
    body = null;
    hold();
    Optional<String> objection =
        before == null ? HttpEncoding.objection(last) : HttpEncoding.objection(before.start());
    if (objection.isPresent()) {
      wrongEncoding(objection.get());
      return;
    }
    if (HttpEncoding.isGzip(before == null ? last : before.start())) {
      decompress(before, last);
      return;
    }
    HttpReply answer = answers.expect(reply);
    if (isHeartbeat) {
      HttpBody all = before == null ? new HttpBody(bodyLimit) : before;
      all.add(last);
      reading.readHeartbeat(
          all.text(), sender, (status, sentence) -> answers.answer(answer, status, sentence));
      return;
    }
    if (before == null
        && reading.readSmall(
            last.toString(StandardCharsets.UTF_8),
            sender,
            (status, sentence) -> answers.answer(answer, status, sentence))) {
      return;
    }
    HttpBody whole = before == null ? new HttpBody(bodyLimit) : before;
    whole.add(last);
    pause();
    reading.readLarge(
        whole,
        sender,
        (status, sentence) -> {
          answers.answer(answer, status, sentence);
          resume();
        });
  }

  /** Reads a gzip body like one that was sent decompressed; the limit is the same. */
  private void decompress(@Nullable HttpBody before, ByteBuf last) {
    HttpBody packed = before == null ? new HttpBody(bodyLimit) : before;
    packed.add(last);
    switch (packed.decompressed()) {
      case Packed.Content.Text content -> {
        HttpBody body = new HttpBody(bodyLimit);
        body.add(Unpooled.wrappedBuffer(content.text().getBytes(StandardCharsets.UTF_8)));
        receive(body, Unpooled.EMPTY_BUFFER);
      }
      case Packed.Content.Refused refused -> {
        if (refused.isTooLarge()) {
          tooLarge();
        } else {
          wrongEncoding(refused.reason());
        }
      }
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext failing, Throwable cause) {
    // A disconnect needs no log line, and the client's data must not be logged.
    failing.close();
  }
}
