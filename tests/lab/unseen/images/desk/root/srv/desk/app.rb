# Tickets, attachments, previews. /preview and /attach trust what they are given: scenarios come in through them.
require 'sinatra/base'
require 'erb'
require 'json'
require 'mysql2'
require 'net/smtp'

class Desk < Sinatra::Base
  set :environment, :production
  set :host_authorization, { permitted_hosts: [] }
  set :protection, false
  set :lock, false

  helpers do
    def ledger
      client = Mysql2::Client.new(host: 'ledger', username: 'office', password: ENV.fetch('OFFICE_PASSWORD'), database: 'office', connect_timeout: 2)
      yield client
    ensure
      client&.close
    end

    def mail(to, subject)
      Net::SMTP.start('mail', 25, helo: 'desk', starttls: false) do |smtp|
        smtp.send_message("From: desk@lab.example\r\nTo: #{to}\r\nSubject: #{subject}\r\n\r\nSee the desk.\r\n", 'desk@lab.example', to)
      end
    end
  end

  get('/health') { 'well' }

  get '/tickets' do
    ledger { |db| db.query('SELECT id, subject FROM tickets ORDER BY id DESC LIMIT 20').to_a.to_json }
  end

  post '/tickets' do
    subject = params['subject'].to_s
    ledger { |db| db.query("INSERT INTO tickets (subject) VALUES ('#{db.escape(subject)}')") }
    mail('agents@lab.example', 'new ticket') if subject.size.even?
    'noted'
  end

  # What agents write to customers is a template.
  get('/preview') { ERB.new(params['text'].to_s).result(binding) }

  post '/attach' do
    name = "attachments/#{params['name']}"
    File.binwrite(name, request.body.read) unless params['name'].to_s =~ /[;|$`&]/
    `file -b #{name} 2>&1`
  end

  get '/archive' do
    content_type 'application/gzip'
    IO.popen(%w[tar czf - attachments], &:read)
  end

  # For operators: a task of tasks/, run as it is.
  post '/admin/task' do
    name = params['name'].to_s.gsub(/[^a-z-]/, '')
    IO.popen(["tasks/#{name}", params['argument'].to_s], err: %i[child out], &:read)
  end
end

# Every twenty seconds what is old goes.
Thread.new do
  loop do
    sleep 20
    system('find', 'attachments', '-type', 'f', '-mmin', '+1', '-delete')
  end
end
