package io.cattleguard.sensor.http;

import io.cattleguard.sensor.intake.Intake;
import io.cattleguard.sensor.intake.Sender;
import io.cattleguard.sensor.operations.SensorMetrics;
import io.cattleguard.sensor.spool.SpoolUnavailable;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP connection. Reads pipelined requests and answers them in order, each when its alerts are
 * on disk.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails to be written closes the channel
final class HttpConversation extends SimpleChannelInboundHandler<HttpObject> {
  /** A client that does not wait for answers has so many outstanding before it is hung up on. */
  private static final int OUTSTANDING = 64;

  /** Most answers are this one; written as it is, because an encoder would make it anew. */
  private static final ByteBuf KEPT =
      Unpooled.unreleasableBuffer(
          Unpooled.directBuffer()
              .writeBytes(
                  "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
                      .getBytes(StandardCharsets.US_ASCII))
              .asReadOnly());

  private final int bodyLimit;
  private final Intake intake;
  private final HttpCommits commits;
  private final SensorMetrics metrics;
  private final HttpClients clients;
  private final InstantSource clock;
  private final Deque<Answer> outstanding = new ArrayDeque<>();
  private final ByteArrayOutputStream pieces = new ByteArrayOutputStream(0);

  private Gate.Answer gate = new Gate.Answer.Admitted(Sender.UNPROVED);
  private Sender sender = Sender.UNPROVED;
  private @Nullable ChannelHandlerContext context;
  private @Nullable ChannelHandlerContext behindEncoder;
  private boolean keepAlive = true;
  private boolean ofNow;
  private boolean skipping;
  private boolean inRequest;
  private int held;
  private long beganNanos;

  private static final class Answer {
    private final boolean keepAlive;
    private final boolean ofNow;
    private HttpResponseStatus status = HttpResponseStatus.OK;
    private String text = "";
    private boolean ready;

    private Answer(boolean keepAlive, boolean ofNow) {
      this.keepAlive = keepAlive;
      this.ofNow = ofNow;
    }

    /** Whether it needs no word but that it was kept. */
    private boolean isPlain() {
      return ofNow && keepAlive && text.isEmpty() && status.equals(HttpResponseStatus.OK);
    }
  }

  HttpConversation(
      int bodyLimit,
      Intake intake,
      HttpCommits commits,
      SensorMetrics metrics,
      HttpClients clients,
      InstantSource clock) {
    this.bodyLimit = bodyLimit;
    this.intake = intake;
    this.commits = commits;
    this.metrics = metrics;
    this.clients = clients;
    this.clock = clock;
  }

  /** The gate's answer for the next request. */
  void answered(Gate.Answer answer) {
    gate = answer;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
    behindEncoder = added.pipeline().context(HttpRequestDecoder.class);
  }

  @Override
  public void channelActive(ChannelHandlerContext active) {
    clients.connected(this);
    active.fireChannelActive();
  }

  @Override
  public void channelInactive(ChannelHandlerContext inactive) {
    clients.gone(this);
    inactive.fireChannelInactive();
  }

  /** Answers that nobody reads pile up here; a client that posts and listens has a few at most. */
  @Override
  public void channelWritabilityChanged(ChannelHandlerContext changed) {
    if (!changed.channel().isWritable()) {
      changed.close();
    }
  }

  /** Bytes of the body that has arrived so far. */
  int heldBytes() {
    return held;
  }

  long beganNanos() {
    return beganNanos;
  }

  void hangUp() {
    if (context != null) {
      context.close();
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext reading, HttpObject part) {
    if (part instanceof HttpRequest request) {
      begin(reading, request);
    }
    if (part instanceof HttpContent content) {
      go(content);
    }
  }

  private void begin(ChannelHandlerContext reading, HttpRequest request) {
    inRequest = true;
    skipping = false;
    beganNanos = System.nanoTime();
    clients.began(this);
    if (request.decoderResult().isFailure()) {
      keepAlive = false;
      turnAway(
          "malformed",
          HttpResponseStatus.BAD_REQUEST,
          "not a valid HTTP request; POST one JSON alert, or an array of alerts, to /");
      return;
    }
    keepAlive = HttpUtil.isKeepAlive(request);
    ofNow = request.protocolVersion().equals(HttpVersion.HTTP_1_1);
    if (!isAdmitted()) {
      return;
    }
    if (!isRoot(request.uri())) {
      turnAway("malformed", HttpResponseStatus.NOT_FOUND, "no such path; POST alerts to /");
    } else if (!request.method().equals(HttpMethod.POST)
        && !request.method().equals(HttpMethod.PUT)) {
      turnAway(
          "malformed",
          HttpResponseStatus.METHOD_NOT_ALLOWED,
          "method not allowed; POST one JSON alert, or an array of alerts");
    } else if (HttpUtil.getContentLength(request, 0L) > bodyLimit) {
      tooLarge();
    } else if (HttpUtil.is100ContinueExpected(request)) {
      reading.writeAndFlush(
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

  private void tooLarge() {
    keepAlive = false;
    turnAway(
        "too_large",
        HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
        "body larger than "
            + bodyLimit
            + " bytes; send fewer alerts per request, or raise --body-kilobytes");
  }

  /** Answers at once, and skips what is left of the request. */
  private void turnAway(String reason, HttpResponseStatus status, String sentence) {
    metrics.rejected(reason);
    clients.finished(this);
    release();
    skipping = true;
    answer(expect(), status, sentence);
  }

  private void go(HttpContent content) {
    if (!inRequest) {
      return;
    }
    boolean last = content instanceof LastHttpContent;
    if (!skipping) {
      ByteBuf piece = content.content();
      if (content.decoderResult().isFailure()) {
        keepAlive = false;
        turnAway("malformed", HttpResponseStatus.BAD_REQUEST, "the body is truncated or malformed");
      } else if (held + piece.readableBytes() > bodyLimit) {
        tooLarge();
      } else if (last) {
        String body = body(piece);
        clients.finished(this);
        release();
        receive(body);
      } else if (piece.isReadable()) {
        int more = piece.readableBytes();
        pieces.writeBytes(bytes(piece));
        held += more;
        clients.holds(this, more);
      }
    }
    if (last) {
      inRequest = false;
    }
  }

  private static byte[] bytes(ByteBuf piece) {
    byte[] bytes = new byte[piece.readableBytes()];
    piece.readBytes(bytes);
    return bytes;
  }

  private String body(ByteBuf lastPiece) {
    if (held == 0) {
      return lastPiece.toString(StandardCharsets.UTF_8);
    }
    pieces.writeBytes(bytes(lastPiece));
    return pieces.toString(StandardCharsets.UTF_8);
  }

  private void release() {
    held = 0;
    pieces.reset();
  }

  private void receive(String body) {
    Answer answer = expect();
    Intake.Reception reception = intake.receive(body, clock.instant(), sender);
    if (reception.observations().isEmpty()) {
      metrics.received("http", reception);
      boolean nothing = reception.ignored() == 0;
      answer(
          answer,
          nothing ? HttpResponseStatus.BAD_REQUEST : HttpResponseStatus.OK,
          nothing ? "the body is empty; POST one JSON alert, or an array of alerts" : "");
      return;
    }
    commits.add(
        reception.observations(),
        () -> kept(answer, reception),
        unavailable -> notKept(answer, unavailable));
  }

  private void kept(Answer answer, Intake.Reception reception) {
    metrics.received("http", reception);
    int broken = reception.unreadable();
    boolean allBroken =
        !reception.packed() && broken > 0 && broken == reception.observations().size();
    answer(
        answer,
        allBroken ? HttpResponseStatus.BAD_REQUEST : HttpResponseStatus.OK,
        broken == 0
            ? ""
            : "stored and forwarded unchanged, but "
                + broken
                + (broken == 1 ? " event is unreadable: " : " events are unreadable, the first: ")
                + reception.complaint().orElse(""));
  }

  private void notKept(Answer answer, SpoolUnavailable unavailable) {
    metrics.rejected("spool_unavailable");
    answer(
        answer,
        HttpResponseStatus.SERVICE_UNAVAILABLE,
        "not stored: " + unavailable.getMessage() + "; retry");
  }

  private Answer expect() {
    Answer answer = new Answer(keepAlive, ofNow);
    outstanding.add(answer);
    if (outstanding.size() > OUTSTANDING) {
      hangUp();
    }
    return answer;
  }

  private void answer(Answer answer, HttpResponseStatus status, String sentence) {
    answer.status = status;
    answer.text = sentence;
    answer.ready = true;
    ChannelHandlerContext to = context;
    boolean wrote = false;
    while (to != null && !outstanding.isEmpty() && outstanding.element().ready) {
      Answer next = outstanding.remove();
      if (next.status.equals(HttpResponseStatus.OK)) {
        clients.served(this);
      }
      wrote = true;
      ChannelHandlerContext asItIs = behindEncoder;
      if (next.isPlain() && asItIs != null) {
        asItIs.write(KEPT.duplicate(), asItIs.voidPromise());
      } else if (next.keepAlive) {
        to.write(response(next), to.voidPromise());
      } else {
        to.write(response(next)).addListener(ChannelFutureListener.CLOSE);
      }
    }
    if (to != null && wrote) {
      to.flush();
    }
  }

  private static FullHttpResponse response(Answer answer) {
    ByteBuf body =
        answer.text.isEmpty()
            ? Unpooled.EMPTY_BUFFER
            : Unpooled.copiedBuffer(answer.text + "\n", StandardCharsets.UTF_8);
    FullHttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, answer.status, body);
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
    if (body.isReadable()) {
      response.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
    }
    if (answer.status.equals(HttpResponseStatus.UNAUTHORIZED)) {
      response.headers().set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
    }
    if (!answer.keepAlive) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    return response;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext failing, Throwable cause) {
    // A client that disconnects is not worth a log line, and its data must not be logged.
    failing.close();
  }
}
