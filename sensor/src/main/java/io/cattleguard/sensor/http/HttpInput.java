package io.cattleguard.sensor.http;

import io.cattleguard.sensor.intake.Intake;
import io.cattleguard.sensor.operations.SensorMetrics;
import io.cattleguard.sensor.operations.Worker;
import io.cattleguard.sensor.settings.SensorException;
import io.cattleguard.sensor.spool.GroupCommit;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * HTTP server for Falco's {@code http_output}. Answers 200 when the alerts are on disk.
 *
 * <p>One thread serves all connections. It blocks on the disk only, never on a client.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the end of an event loop is not awaited
public final class HttpInput implements AutoCloseable {
  private static final int RELOAD_SECONDS = 10;
  private static final int REOPEN_MILLIS = 500;

  /** One arena of 1 MiB pieces: a buffer is held for the time of a read. */
  private static final ByteBufAllocator BUFFERS =
      new PooledByteBufAllocator(true, 0, 1, 8_192, 7, 32, 8, true);

  private final EventLoopGroup loop;
  private final ServerBootstrap server;
  private final InetSocketAddress address;
  private volatile Channel listener;
  private volatile boolean closing;

  private HttpInput(EventLoopGroup loop, ServerBootstrap server, Channel listener) {
    this.loop = loop;
    this.server = server;
    this.listener = listener;
    this.address = (InetSocketAddress) listener.localAddress();
    supervise(listener);
  }

  /** Receives refused clients, at a limited rate. */
  public interface RefusalLog {
    /**
     * Logs one.
     *
     * @param client its address
     * @param unlogged how many were refused for this reason since the last line
     */
    void refused(String reason, String detail, String client, long unlogged);
  }

  /** Listens, and accepts every client that reaches the address and passes TLS. */
  public static HttpInput start(
      InetSocketAddress address,
      Optional<HttpTls> tls,
      int bodyBytes,
      Intake intake,
      GroupCommit spool,
      SensorMetrics metrics,
      RefusalLog log,
      InstantSource clock) {
    return start(address, tls, Optional.empty(), bodyBytes, intake, spool, metrics, log, clock);
  }

  /**
   * Listens.
   *
   * @param gate asked about each request; absent to accept every client that reaches the address
   * @param tls asks every client for a certificate; absent for plain HTTP
   * @param bodyBytes the largest body that is taken
   * @param log of refused clients
   * @throws SensorException if it cannot listen on the address
   */
  public static HttpInput start(
      InetSocketAddress address,
      Optional<HttpTls> tls,
      Optional<Gate> gate,
      int bodyBytes,
      Intake intake,
      GroupCommit spool,
      SensorMetrics metrics,
      RefusalLog log,
      InstantSource clock) {
    EventLoopGroup loop =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("http", true), NioIoHandler.newFactory());
    HttpRefusals refusals = new HttpRefusals(metrics, log);
    HttpClients clients = new HttpClients(metrics, refusals, tls.isPresent());
    EventLoop thread = loop.next();
    HttpCommits.Later later =
        (action, afterAnotherLook) -> {
          if (afterAnotherLook) {
            thread.schedule(action, 0, TimeUnit.NANOSECONDS);
          } else {
            thread.execute(action);
          }
        };
    HttpReading reading =
        new HttpReading(intake, new HttpCommits(spool, later), later, clients, metrics, clock);
    ServerBootstrap server =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 1_024)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.ALLOCATOR, BUFFERS)
            .childOption(ChannelOption.ALLOCATOR, BUFFERS)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    tls.ifPresent(
                        one ->
                            channel.pipeline().addLast(one.context().newHandler(channel.alloc())));
                    HttpConversation conversation =
                        new HttpConversation(bodyBytes, reading, refusals, clients);
                    channel
                        .pipeline()
                        .addLast(new HttpHeads(conversation::holds))
                        .addLast(new HttpResponseEncoder());
                    gate.ifPresent(
                        one -> channel.pipeline().addLast(new HttpGate(one, conversation)));
                    channel.pipeline().addLast(conversation);
                  }
                });
    try {
      Channel listener = server.bind(address).syncUninterruptibly().channel();
      Consumer<String> failed = sentence -> metrics.workerFailed();
      loop.next()
          .scheduleAtFixedRate(
              Worker.task("eviction", clients::hangUpOnTheSlow, failed), 1, 1, TimeUnit.SECONDS);
      tls.ifPresent(
          one ->
              loop.next()
                  .scheduleAtFixedRate(
                      Worker.task("reload of certificates", one::reload, failed),
                      RELOAD_SECONDS,
                      RELOAD_SECONDS,
                      TimeUnit.SECONDS));
      return new HttpInput(loop, server, listener);
    } catch (RuntimeException e) {
      loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      throw new SensorException(
          "cannot listen on " + address.getHostString() + ":" + address.getPort() + ": " + cause(e),
          e);
    } catch (Exception e) { // Netty throws what bind threw, declared or not.
      loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      throw new SensorException(
          "cannot listen on " + address.getHostString() + ":" + address.getPort() + ": " + cause(e),
          e);
    }
  }

  private static String cause(Exception e) {
    return String.valueOf(e.getMessage());
  }

  /** An error while accepting, such as a lack of memory, closes a listener. */
  private void supervise(Channel opened) {
    opened.closeFuture().addListener(closed -> reopenLater());
  }

  private void reopenLater() {
    if (!closing) {
      loop.schedule(
          () ->
              server
                  .bind(address)
                  .addListener(
                      (ChannelFuture bound) -> {
                        if (bound.isSuccess()) {
                          listener = bound.channel();
                          supervise(listener);
                        } else {
                          reopenLater();
                        }
                      }),
          REOPEN_MILLIS,
          TimeUnit.MILLISECONDS);
    }
  }

  /** Whether clients can connect. */
  public boolean isListening() {
    return listener.isActive();
  }

  /** The thread that serves all connections. */
  public Executor thread() {
    return loop.next();
  }

  /** For tests: stops the thread. */
  Channel listener() {
    return listener;
  }

  /** The address on which it listens. */
  public InetSocketAddress address() {
    return address;
  }

  /** Stops accepting connections, answers the requests that wait for the disk, and ends. */
  @Override
  public void close() {
    closing = true;
    try {
      listener.close().syncUninterruptibly();
    } catch (RejectedExecutionException e) {
      // Its thread has already ended and has closed the listener.
    }
    loop.shutdownGracefully(200, 2_000, TimeUnit.MILLISECONDS).syncUninterruptibly();
  }
}
