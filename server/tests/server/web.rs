//! A client of HTTP/1.1 that hides nothing: heads as they come, events one by one.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
};

use serde_json::Value;

use crate::{
    harness::{LIMIT, Server},
    secure::Pki,
};

/// An answer, whose body is still to be read.
pub(crate) struct Answer {
    pub(crate) code: u16,
    /// Lines of the head, in lower case.
    pub(crate) head: Vec<String>,
    body: BufReader<Box<dyn Read>>,
}

/// A server-sent event.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) id: Option<String>,
    pub(crate) data: Value,
}

/// Asks over a connection that is used once.
pub(crate) fn ask(stream: impl Read + Write + 'static, method: &str, path: &str, headers: &[&str]) -> Answer {
    send(stream, method, path, headers, "")
}

/// The same with a body.
pub(crate) fn send(
    mut stream: impl Read + Write + 'static,
    method: &str,
    path: &str,
    headers: &[&str],
    content: &str,
) -> Answer {
    let mut request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|header| header.starts_with("Host: ")) {
        request += "Host: localhost:7480\r\n";
    }
    headers.iter().for_each(|header| request += &format!("{header}\r\n"));
    stream.write_all(format!("{request}\r\n{content}").as_bytes()).unwrap();
    let mut body = BufReader::new(Box::new(stream) as Box<dyn Read>);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        assert!(body.read_line(&mut line).unwrap() > 0, "the connection ended in the head: {head:?}");
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_ascii_lowercase()),
        }
    }
    let code = head[0].split(' ').nth(1).unwrap().parse().unwrap();
    Answer { code, head, body }
}

/// A GET in plain text.
pub(crate) fn get(server: &Server, path: &str, headers: &[&str]) -> Answer {
    let stream = TcpStream::connect(&server.http).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    ask(stream, "GET", path, headers)
}

/// A GET over TLS, with the certificate of a file if there is one.
pub(crate) fn get_over_tls(
    pki: &Pki,
    server: &Server,
    path: &str,
    headers: &[&str],
    file: Option<&str>,
) -> Answer {
    let stream = pki.tls_as(&server.http, b"http/1.1", file);
    stream.sock.set_read_timeout(Some(LIMIT)).unwrap();
    ask(stream, "GET", path, headers)
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    pub(crate) fn text(mut self) -> String {
        let mut text = String::new();
        let _ = self.body.read_to_string(&mut text); // over TLS it ends without close_notify
        text
    }

    /// The data lines of the next event of a name, as they come; an event's end is an empty line.
    pub(crate) fn lines_of(&mut self, name: &str) -> String {
        let (mut current, mut data) = (String::new(), String::new());
        loop {
            let mut line = String::new();
            assert!(self.body.read_line(&mut line).unwrap() > 0, "the stream ended without {name}");
            match line.trim_end().split_once(": ") {
                Some(("event", is)) => current = is.to_owned(),
                Some(("data", more)) => data += &format!("{more}\n"),
                None if line.trim_end().is_empty() && !data.is_empty() => {
                    if current == name {
                        return data;
                    }
                    data.clear();
                }
                _ => {} // ids, sizes of chunks, and the empty lines behind them
            }
        }
    }

    pub(crate) fn json(mut self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"), "{:?}", self.head);
        let mut text = String::new();
        let _ = self.body.read_to_string(&mut text); // over TLS it ends without close_notify
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// The next event; none if the stream has ended.
    pub(crate) fn event(&mut self) -> Option<Event> {
        let mut event = Event { name: "message".to_owned(), id: None, data: Value::Null };
        let mut begun = false;
        loop {
            let mut line = String::new();
            if self.body.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            match line.trim_end().split_once(": ") {
                Some(("event", name)) => event.name = name.to_owned(),
                Some(("id", id)) => event.id = Some(id.to_owned()),
                Some(("data", data)) => (event.data, begun) = (serde_json::from_str(data).unwrap(), true),
                None if line.trim_end().is_empty() && begun => return Some(event),
                _ => {} // sizes of chunks, and the empty lines behind them
            }
        }
    }

    /// The next event of a name.
    pub(crate) fn named(&mut self, name: &str) -> Event {
        loop {
            let event = self.event().unwrap_or_else(|| panic!("the stream ended without {name}"));
            if event.name == name {
                return event;
            }
        }
    }
}
