bind 'tcp://0.0.0.0:9292'
workers 2
threads 1, 4
quiet
preload_app! false
