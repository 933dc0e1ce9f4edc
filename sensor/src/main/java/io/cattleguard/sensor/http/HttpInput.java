package io.cattleguard.sensor.http;

import io.cattleguard.sensor.intake.Intake;
import io.cattleguard.sensor.operations.SensorMetrics;
import io.cattleguard.sensor.settings.SensorException;
import io.cattleguard.sensor.spool.GroupCommit;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * HTTP server for Falco's {@code http_output}. Answers 200 when the alerts are on disk.
 *
 * <p>One thread serves all connections. It blocks on the disk only, never on a client.
 */
@SuppressWarnings("FutureReturnValueIgnored") // nothing waits for the end of an event loop
public final class HttpInput implements AutoCloseable {
  /** One arena of 1 MiB pieces: a buffer is held for the time of a read. */
  private static final ByteBufAllocator BUFFERS =
      new PooledByteBufAllocator(true, 0, 1, 8_192, 7, 32, 8, true);

  private final EventLoopGroup loop;
  private final Channel listener;

  private HttpInput(EventLoopGroup loop, Channel listener) {
    this.loop = loop;
    this.listener = listener;
  }

  /** Listens, and accepts every client that reaches the address. */
  public static HttpInput start(
      InetSocketAddress address,
      Optional<SslContext> tls,
      int bodyBytes,
      Intake intake,
      GroupCommit spool,
      SensorMetrics metrics,
      InstantSource clock) {
    return start(address, tls, Optional.empty(), bodyBytes, intake, spool, metrics, clock);
  }

  /**
   * Listens.
   *
   * @param gate asked about each request; absent to accept every client that reaches the address
   * @param tls asks every client for a certificate; absent for plain HTTP
   * @param bodyBytes the largest body that is taken
   * @throws SensorException where the address cannot be listened on
   */
  public static HttpInput start(
      InetSocketAddress address,
      Optional<SslContext> tls,
      Optional<Gate> gate,
      int bodyBytes,
      Intake intake,
      GroupCommit spool,
      SensorMetrics metrics,
      InstantSource clock) {
    EventLoopGroup loop =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("http", true), NioIoHandler.newFactory());
    HttpClients clients = new HttpClients(metrics, tls.isPresent());
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
                        context -> channel.pipeline().addLast(context.newHandler(channel.alloc())));
                    HttpConversation conversation =
                        new HttpConversation(bodyBytes, reading, metrics, clients);
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
      loop.next().scheduleAtFixedRate(clients::hangUpOnTheSlow, 1, 1, TimeUnit.SECONDS);
      return new HttpInput(loop, listener);
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

  /** Where it listens. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  /** Takes no more connections, answers what waits for the disk, and ends. */
  @Override
  public void close() {
    listener.close().syncUninterruptibly();
    loop.shutdownGracefully(200, 2_000, TimeUnit.MILLISECONDS).syncUninterruptibly();
  }
}
