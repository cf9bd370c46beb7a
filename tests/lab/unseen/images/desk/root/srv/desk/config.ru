require './app'
run Desk
